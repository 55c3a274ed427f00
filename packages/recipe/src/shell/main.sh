# Runs one build script: bash -e main.sh. NX_REDOX_SCRIPT is the script, NX_REDOX_NOTES a folder for what happened.

__cookbook_here="${BASH_SOURCE[0]%/*}"

# Writes where the script stopped: status, command, then file and line of each call, innermost first; all end in NUL.
function __cookbook_note {
  local depth
  {
    printf '%s\0' "$1" "$2"
    printf '%s\0' "${BASH_SOURCE[1]}" "$3"
    for ((depth = 2; depth < ${#BASH_SOURCE[@]}; depth++)); do
      printf '%s\0' "${BASH_SOURCE[depth]}" "${BASH_LINENO[depth - 1]}"
    done
  } >"$__cookbook_notes/stopped"
}

__cookbook_notes="$NX_REDOX_NOTES"
__cookbook_script="$NX_REDOX_SCRIPT"
unset NX_REDOX_NOTES NX_REDOX_SCRIPT

# A script that ends itself, which the trap below does not see.
function exit {
  local status=$?
  status="${1:-$status}"
  if [ "$status" != 0 ]; then __cookbook_note "$status" "exit $status" "${BASH_LINENO[0]}"; fi
  builtin exit "$status"
}

. "$__cookbook_here/shared.sh"
. "$__cookbook_here/cookbook.sh"

# From here on, in functions and subshells, too.
set -E
trap '__cookbook_note "$?" "$BASH_COMMAND" "$LINENO"' ERR
if [ -n "$COOKBOOK_VERBOSE" ]; then set -x; fi
. "$__cookbook_script"
{ set +x; } 2>/dev/null
trap - ERR

# What the script has decided about the steps after it.
printf '%s' "${COOKBOOK_NOSTRIP:-}" >"$__cookbook_notes/nostrip"
