# SPDX-License-Identifier: ISC
#
# nix-build packaging/nix: from the tree around it.

{ pkgs ? import <nixpkgs> { } }:

pkgs.stdenv.mkDerivation {
  pname = "divio";
  version = "0.1";
  src = pkgs.lib.cleanSource ../..;

  nativeBuildInputs = [ pkgs.pkg-config ];
  buildInputs = with pkgs; [
    jansson
    libbsd
    libcap_ng
    libmnl
    libpcap
    libseccomp
    ncurses
    openssl
    pcre2
    xxHash
  ];

  postPatch = "patchShebangs .";
  makeFlags = [ "PREFIX=$(out)" "CC=cc" ];
  enableParallelBuilding = true;

  meta = {
    description = "Filters for diverted packets";
    license = pkgs.lib.licenses.isc;
    platforms = pkgs.lib.platforms.linux;
  };
}
