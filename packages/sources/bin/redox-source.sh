#!/bin/sh
# redox-source.sh state [FOLDER] --recipe RECIPE
#
# Prints what `redox-source.js` prints for the same words. Nx asks this of every recipe of a run: where a source is a commit,
# and a few edited or new files, git and sha256sum can say so, in a fifth of the time that Node needs. Anything else is left
# to Node.
root=$(pwd)
node() {
  cd "$root" || exit 1
  exec node "$(dirname "$0")/redox-source.js" "$@"
}
source=
[ "$#" = 4 ] && source=$2
case "$1 $#" in
"state 3") [ "$2" = --recipe ] && recipe=$3 || node "$@" ;;
"state 4") [ "$3" = --recipe ] && recipe=$4 || node "$@" ;;
*) node "$@" ;;
esac
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX
export GIT_OPTIONAL_LOCKS=0 GIT_NO_REPLACE_OBJECTS=1 LC_ALL=C
git() {
  command git -c core.fsmonitor=false -c core.hooksPath=/dev/null -c protocol.ext.allow=never "$@"
}
# Links, programs and empty folders of the recipe, and files that its git ignores.
found=$(cd "$recipe" && find . -mindepth 1 \( -path ./source -o -path ./target -o -path ./.git -o -path './.source*' \) -prune -o \
  \( -type l -o ! -type d -perm -100 -o -type d -empty \) -print) || node "$@"
[ -z "$found" ] || node "$@"
ignored=$(cd "$recipe" && git ls-files --others --ignored --exclude-standard --directory -- .) || node "$@"
set -f
IFS='
'
for one in $ignored; do
  case $one in source | source/ | target | target/) ;; *) node "$@" ;; esac
done
if [ -n "$source" ]; then
  [ -d "$source" ] && [ ! -L "$source" ] && [ -e "$source/.git" ] && cd "$source" || node "$@"
  head=$(git rev-parse --verify --quiet HEAD) &&
    found=$(git -c core.fileMode=true status --porcelain=v2 --untracked-files=all --ignored=matching --no-renames --ignore-submodules=none) &&
    converted=$(git ls-files -- . ':(exclude,attr:!text !eol !crlf !ident !filter !working-tree-encoding)') &&
    entries=$(git ls-files -v --stage) || node "$@"
  settings=$(git config --get-regexp '^core\.(autocrlf|eol|symlinks|filemode|attributesfile|ignorecase)$|^filter\.')
  [ -z "$converted" ] || node "$@"
  case $settings in *"core.autocrlf "[!f]*) node "$@" ;; esac
  # Files that git was told to take for unchanged, and submodules.
  case "
$entries" in *"
"[a-zS]" "* | *"
"?" 160000 "*) node "$@" ;; esac
  files=
  count=0
  for entry in $found; do
    # `1 XY sub mH mI mW hH hI path` and `? path` (git-status(1)).
    case $entry in
    "1 "??" N... "??????" "??????" 100644 "*) path=${entry#* * * * * * * * } ;;
    "? "*) path=${entry#? } ;;
    *) node "$@" ;;
    esac
    case $path in [!A-Za-z0-9_]* | *[!A-Za-z0-9_./+-]* | */) node "$@" ;; esac
    files="$files$path
"
    count=$((count + 1))
  done
  if [ "$count" != 0 ]; then
    [ "$count" -le 50 ] && command -v sha256sum >/dev/null || node "$@"
    other=$(find $files \( ! -type f -o -perm -100 -o -perm -010 -o -perm -001 \) -print) && [ -z "$other" ] &&
      sums=$(sha256sum $files) || node "$@"
    files=$(for sum in $sums; do echo "file ${sum#*  } - ${sum%% *}"; done | sort)
  fi
  printf '%s\n' "commit $head" ${settings:+"settings $settings"} ${files:+"$files"}
fi
echo plain
