/* SPDX-License-Identifier: ISC */

#ifndef STATE_H
#define STATE_H

/* Puts all variables of the program between state_first.o and state_last.o,
 * in the order of linking, back to what they were at the first call. */
void state_restore(void);

#endif /* STATE_H */
