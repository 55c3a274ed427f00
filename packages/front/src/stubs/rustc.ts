import { join } from 'node:path';
import { shellQuote } from '@nx-redox/kit';
import { REFUSALS } from '../refusals';
import { type FrontSettings, placesOf } from '../settings';

/** Where it is remembered which crates Cranelift refuses, for every workspace of the user. */
const decisionsOf = ({ home, rust }: Pick<FrontSettings, 'home' | 'rust'>): string =>
  join(home, 'refused-crates', rust.identity.id);

/**
 * The rustc in front, a shell script: node would add its start to each of hundreds of calls. cargo calls it with the
 * targets' names as the script wrote them, and it compiles for the specifications that were derived from those, by the
 * backend of the build. What Cranelift refuses for a known reason is compiled by LLVM, and why is noted; the decision
 * holds as long as the crate's sources and libraries have the same content.
 *
 * @param driver command line of the driver, which does what is not cargo's.
 */
export function rustcStub(settings: FrontSettings, driver: string): string {
  const { rust, fallback, dir } = settings;
  const { fallbacks, units } = placesOf(dir);
  const ONE_OBJECT = REFUSALS.find(({ id }) => id === 'one-object')!.words;
  const checksum = process.platform === 'darwin' ? 'shasum -a 256' : 'sha256sum';
  const known = REFUSALS.map(
    ({ id, reason, words }) => `    try_words ${[id, reason, words].map(shellQuote).join(' ')} ||`,
  );
  return `#!/bin/sh
# rustc in front of the real one: see docs/front.md.
RUSTC_BOOTSTRAP=1 RUSTC_ICE=0
export RUSTC_BOOTSTRAP RUSTC_ICE

target= previous= crate= unit= out= kind= linker=
for word do
  case $previous in
    --target) target=$word ;;
    --crate-name) crate=$word ;;
    --out-dir) out=$word ;;
    --crate-type) kind=$word ;;
    -C) case $word in
      extra-filename=*) unit=\${word#*=} ;;
      linker=*) linker=$word ;;
    esac ;;
  esac
  case $word in
    --target=*) target=\${word#--target=} ;;
    --test) kind=bin ;;
    -Cextra-filename=*) unit=\${word#*=} ;;
    -Clinker=*) linker=$word ;;
  esac
  previous=$word
done

# What it has read is compared with what the task hashes, once the script has ended.
case $crate in
  '' | ___) ;;
  *) [ -z "$out" ] || printf '%s\\t%s\\n' "$PWD" "$out/$crate$unit.d" >>${shellQuote(units)} ;;
esac

# For this machine: build scripts, procedural macros, tools.
if [ -z "$target" ] || [ "$target" = ${shellQuote(settings.host)} ]; then
  exec ${shellQuote(rust.location.rustcLlvm)} "$@"
fi
if [ ! -f "\${NX_REDOX_TARGETS:-}/$target.sh" ]; then
  exec ${driver} rustc "$@"
fi
. "$NX_REDOX_TARGETS/$target.sh"

is_value=
for word do
  shift
  if [ -n "$is_value" ]; then word=$spec is_value=
  else case $word in
    --target) is_value=1 ;;
    --target=*) word=--target=$spec ;;
  esac; fi
  set -- "$@" "$word"
done

# A C compiler that links adds the start files itself.
link=
case $kind in
  bin | cdylib | dylib) case $linker in
    *gcc | *cc | *clang | *++) ;;
    *) link=linked_ ;;
  esac ;;
esac
# The linker's own list. Another one than lld may not know the argument.
case $link,$notes,$linker in linked_,1, | linked_,1,*rust-lld)
  [ -z "$out" ] || [ "$crate" = ___ ] || set -- "$@" "-Clink-arg=--dependency-file=$out/$crate$unit.link-deps" ;;
esac
if [ "$backend" = llvm ] || [ -z "$crate" ] || [ "$crate" = ___ ]; then
  "\${link}by_$backend" "$@"
  exit
fi

decision=${shellQuote(decisionsOf(settings))}/$crate$unit
note=${shellQuote(fallbacks)}/$crate$unit
${
  fallback === 'known'
    ? `if [ -f "$decision.why" ] && [ -f "$decision.sums" ] && ${checksum} -c "$decision.sums" >/dev/null 2>&1; then
  cp "$decision.why" "$note"
  "\${link}by_llvm" "$@"
  exit
fi
`
    : ''
}
rm -f "$note"
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT
"\${link}by_cranelift" "$@" 2>"$said"
status=$?
if [ "$status" = 0 ]; then
  # A file that was asked for is not there, which rustc only warns of.
  if ! grep -E -q -e ${shellQuote(ONE_OBJECT)} "$said"; then
    cat "$said" >&2
    exit 0
  fi
  status=1
fi

# try_words ID REASON WORDS: whether the compiler has said that.
try_words() {
  words=$(grep -E -o -m 1 -e "$3" "$said" | head -n 1)
  [ -n "$words" ] || return 1
  id=$1 reason=$2
}
if ! {
${known.join('\n')}
    false
}; then
  cat "$said" >&2
  exit "$status"
fi
mkdir -p ${shellQuote(fallbacks)} ${shellQuote(decisionsOf(settings))}
${
  fallback === 'never'
    ? `printf '%s\\n' refused "$crate" "$id" "$reason" "$words" >"$note"
cat "$said" >&2
exit "$status"
`
    : `"\${link}by_llvm" "$@"
status=$?
[ "$status" = 0 ] || exit "$status"
printf '%s\\n' llvm "$crate" "$id" "$reason" "$words" >"$note"
# What the decision rests on: the crate's sources, which its dep-info names, and the crates that it uses.
if [ -f "$out/$crate$unit.d" ]; then
  sums=$(mktemp ${shellQuote(decisionsOf(settings))}/.sums.XXXXXX) || exit 0
  {
    sed -n 's/:$//p' "$out/$crate$unit.d" | sed 's/\\\\ / /g' | sort -u
    previous=
    for word do
      if [ "$previous" = --extern ]; then case $word in *=*) printf '%s\\n' "\${word#*=}" ;; esac; fi
      previous=$word
    done
  } | while IFS= read -r file; do
    case $file in /*) ;; *) file=$PWD/$file ;; esac
    ${checksum} "$file" || exit 1
  done >"$sums" && cp "$note" "$decision.why" && mv "$sums" "$decision.sums"
  rm -f "$sums"
fi
exit 0
`
}`;
}
