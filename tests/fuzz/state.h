/* SPDX-License-Identifier: ISC */

#ifndef STATE_H
#define STATE_H

/*
 * Restores the variables of all objects that are linked between state_first.o
 * and state_last.o to their values at the first call.
 */
void state_restore(void);

#endif /* STATE_H */
