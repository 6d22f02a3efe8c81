/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_IOCTL_H
#define BSD_SYS_IOCTL_H

#define SIOCGIFMTU 0xc0206933UL
int ioctl(int, unsigned long, ...);

#endif
