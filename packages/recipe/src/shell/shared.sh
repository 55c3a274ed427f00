# Functions for build scripts and for scripts of [source]. They need no variable but TARGET, and that only in part.

# The GNU programs by which a script regenerates its build system; another version can be named.
: "${COOKBOOK_AUTORECONF:=autoreconf}"

# Runs autoreconf in every folder below this one that has a configure.ac. Arguments go to autoreconf.
function autotools_recursive_regenerate {
  local file folder
  while IFS= read -r -d '' file; do
    folder="$(dirname "$file")"
    echo "autoreconf in $folder"
    (cd "$folder" && "$COOKBOOK_AUTORECONF" -fvi "$@" </dev/null) || return
  done < <(find . \( -name configure.ac -o -name configure.in \) -print0 | sort -z)
}

# GNU_CONFIG_GET FILE: puts a config.sub that knows Redox in the place of FILE. It is taken from this machine's build
# tools, not from the network: a build is the same tomorrow.
function GNU_CONFIG_GET {
  local file="$1" triple="${GNU_TARGET:-x86_64-unknown-redox}" known
  if [ -f "$file" ] && sh "$file" "$triple" >/dev/null 2>&1; then return 0; fi
  for known in "$(automake --print-libdir 2>/dev/null)/config.sub" /usr/share/misc/config.sub \
    /usr/share/automake-*/config.sub /usr/share/libtool/build-aux/config.sub /usr/share/gnuconfig/config.sub \
    /opt/homebrew/share/automake-*/config.sub /usr/local/share/automake-*/config.sub; do
    if [ -f "$known" ] && sh "$known" "$triple" >/dev/null 2>&1; then
      cp "$known" "$file"
      return
    fi
  done
  echo "GNU_CONFIG_GET: no config.sub on this machine knows $triple; a newer automake brings one" >&2
  return 1
}
