#ifndef _MATH_H
#define _MATH_H

#ifdef __cplusplus
extern "C" {
#endif

double fabs(double value);
double floor(double value);
double trunc(double value);

#ifdef __cplusplus
}
#endif

#endif
