/* SPDX-License-Identifier: ISC */

#include <string.h>

#include "stat/stat.h"
#include "svg.h"

#define YTICKS 5
#define CHAR 5.6 /* mean width of one in a legend */

static const char style[] =
    "text{font:12px sans-serif;fill:#24292f}"
    ".title{font-weight:bold;font-size:14px}"
    ".head{font-weight:bold;font-size:18px}"
    ".small{font-size:11px;fill:#57606a}"
    ".name{font-family:monospace}"
    ".back{fill:#fff}.axis{stroke:#57606a}.grid{stroke:#d8dee4}"
    ".one{fill:#1f6fb8}.two{fill:#d9822b}"
    ".curve{fill:#1f6fb8;fill-opacity:.2;stroke:#1f6fb8;stroke-width:1.5;"
    "stroke-linejoin:round}"
    "@media(prefers-color-scheme:dark){"
    "text{fill:#e6edf3}.small{fill:#9da7b1}.back{fill:#0d1117}"
    ".axis{stroke:#9da7b1}.grid{stroke:#2b3139}"
    ".one{fill:#58a6ff}.two{fill:#f0a35e}"
    ".curve{fill:#58a6ff;stroke:#58a6ff}}";

void
svg_begin(FILE *fp, double width, double height)
{
	fprintf(fp,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
	    "width=\"%g\" height=\"%g\" viewBox=\"0 0 %g %g\">\n"
	    "<title>divstat</title>\n<style>%s</style>\n"
	    "<rect class=\"back\" width=\"100%%\" height=\"100%%\"/>\n",
	    width, height, width, height, style);
}

void
svg_end(FILE *fp)
{
	fputs("</svg>\n", fp);
}

/* Names are printable ASCII: what is left to escape is markup. */
static void
put_escaped(FILE *fp, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '<')
			fputs("&lt;", fp);
		else if (*s == '>')
			fputs("&gt;", fp);
		else if (*s == '&')
			fputs("&amp;", fp);
		else
			fputc(*s, fp);
	}
}

void
svg_text(FILE *fp, double x, double y, enum svg_anchor anchor,
    const char *class, const char *text)
{
	static const char *const anchors[] = {
		[SVG_START] = "start",
		[SVG_MIDDLE] = "middle",
		[SVG_END] = "end",
	};

	fprintf(fp,
	    "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" "
	    "text-anchor=\"%s\">",
	    class, x, y, anchors[anchor]);
	put_escaped(fp, text);
	fputs("</text>\n", fp);
}

void
svg_bar(FILE *fp, const char *class, double x, double y, double width,
    double height)
{
	fprintf(fp,
	    "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
	    "height=\"%.1f\"/>\n",
	    class, x, y, width, height);
}

static void
put_line(FILE *fp, const char *class, double x1, double y1, double x2,
    double y2)
{
	fprintf(fp,
	    "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
	    "y2=\"%.1f\"/>\n",
	    class, x1, y1, x2, y2);
}

double
svg_y(const struct svg_plot *p, double v)
{
	return p->y + p->height - v / p->ymax * p->height;
}

/*
 * Titles, and the axes, up to a tick that is not less than max; ticks are at least
 * one least step apart.
 */
void
svg_frame(FILE *fp, struct svg_plot *p, double max, double least)
{
	double step = max > 0 ? round_number(max / YTICKS) : least, y;
	char text[32];
	int i, n;

	if (step < least)
		step = least;
	for (n = 1; n * step < max; n++)
		;
	p->ymax = n * step;
	svg_text(fp, p->x, p->y - 24, SVG_START, "title", p->title);
	svg_text(fp, p->x, p->y - 8, SVG_START, "small", p->ylabel);
	svg_text(fp, p->x + p->width / 2, p->y + p->height + 36, SVG_MIDDLE,
	    "small", p->xlabel);
	for (i = 0; i <= n; i++) {
		y = svg_y(p, i * step);
		put_line(fp, i == 0 ? "axis" : "grid", p->x, y, p->x + p->width,
		    y);
		number_format(text, sizeof(text), i * step, "");
		svg_text(fp, p->x - 6, y + 4, SVG_END, "small", text);
	}
}

/* A tick of the horizontal axis, x pixels from its begin. */
void
svg_tick(FILE *fp, const struct svg_plot *p, double x, const char *label)
{
	double y = p->y + p->height;

	put_line(fp, "axis", p->x + x, y, p->x + x, y + 4);
	svg_text(fp, p->x + x, y + 18, SVG_MIDDLE, "small", label);
}

/* Two colours, at the right above the area. */
void
svg_legend(FILE *fp, const struct svg_plot *p, const char *const names[2])
{
	static const char *const classes[] = { "one", "two" };
	double x = p->x + p->width, y = p->y - 8;
	int i;

	for (i = 1; i >= 0; i--) {
		x -= CHAR * (double)strlen(names[i]);
		svg_text(fp, x, y, SVG_START, "small", names[i]);
		svg_bar(fp, classes[i], x - 15, y - 9, 10, 10);
		x -= 32;
	}
}
