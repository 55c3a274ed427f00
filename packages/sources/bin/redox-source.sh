#!/bin/sh
# redox-source.sh state [FOLDER] --recipe RECIPE
#
# Prints what `redox-source.js` prints for the same words. Nx asks this of every recipe of a run: where a source is a commit
# and nothing else, git alone can say so, in a tenth of the time that Node needs. Anything else is left to Node.
node() {
  exec node "$(dirname "$0")/redox-source.js" "$@"
}
root=$(pwd)
source=
[ "$#" = 4 ] && source=$2
case "$1 $#" in
"state 3") [ "$2" = --recipe ] && recipe=$3 || node "$@" ;;
"state 4") [ "$3" = --recipe ] && recipe=$4 || node "$@" ;;
*) node "$@" ;;
esac
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX
export GIT_OPTIONAL_LOCKS=0 LC_ALL=C
git() {
  command git -c core.fsmonitor=false -c core.hooksPath=/dev/null -c protocol.ext.allow=never "$@"
}
# Links, programs and empty folders of the recipe.
found=$(cd "$recipe" && find . -mindepth 1 \( -path ./source -o -path ./target -o -path ./.git -o -path './.source*' \) -prune -o \
  \( -type l -o ! -type d -perm -100 -o -type d -empty \) -print) || node "$@"
[ -z "$found" ] || node "$@"
if [ -n "$source" ]; then
  [ -d "$source" ] && [ ! -L "$source" ] && [ -e "$source/.git" ] && cd "$source" || node "$@"
  head=$(git rev-parse --verify --quiet HEAD) &&
    found=$(git status --porcelain=v2 --untracked-files=all --ignored=matching --no-renames) &&
    hidden=$(git ls-files -v) || { cd "$root" && node "$@"; }
  settings=$(git config --get-regexp '^core\.(autocrlf|eol|symlinks|filemode|attributesfile|ignorecase)$|^filter\.')
  [ -z "$found" ] || { cd "$root" && node "$@"; }
  # Lower case and S: files that git was told to take for unchanged.
  case "
$hidden" in *"
"[a-zS]" "*) cd "$root" && node "$@" ;; esac
  printf '%s\n' "commit $head" ${settings:+"settings $settings"}
fi
echo plain
