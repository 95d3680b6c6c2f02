#!/bin/sh
# expect.sh CODE TEXT COMMAND…: the command ends with the code and says the text.
code=$1 text=$2
shift 2
said=$("$@" 2>&1)
got=$?
[ "$got" = "$code" ] || { echo "$* ended with $got, not with $code: $said"; exit 1; }
case $said in *"$text"*) ;; *) echo "$* did not say '$text': $said"; exit 1 ;; esac
