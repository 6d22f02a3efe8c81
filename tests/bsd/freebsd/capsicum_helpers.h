/* SPDX-License-Identifier: ISC */

void caph_cache_catpages(void);
int caph_enter(void);
