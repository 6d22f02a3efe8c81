#!/bin/sh
# SPDX-License-Identifier: ISC
#
# edit.t with OpenBSD's backend, over libdivert.

LAB_DIVERT=openbsd
export LAB_DIVERT
# shellcheck source=tests/net/edit.t
. tests/net/edit.t
