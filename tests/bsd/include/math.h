/* SPDX-License-Identifier: ISC */

#ifndef BSD_MATH_H
#define BSD_MATH_H

#define M_PI 3.14159265358979323846

double cbrt(double);
double erfc(double);
double exp(double);
double fabs(double);
double floor(double);
double log(double);
double pow(double, double);
double rint(double);
double round(double);
double sqrt(double);

#endif
