/* SPDX-License-Identifier: ISC */

#ifndef BSD_MATH_H
#define BSD_MATH_H

double exp(double);
double fabs(double);
double floor(double);
double log(double);
double pow(double, double);
double round(double);
double sqrt(double);

#endif
