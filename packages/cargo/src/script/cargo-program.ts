import { shellQuote } from './shell-quote';

export interface CargoProgram {
  /** The toolchain's cargo. */
  cargo: string;
  /** rustc's name of the target, and the cookbook's. */
  rustTarget: string;
  cookbookTarget: string;
  rustflags: readonly string[];
  /** Set for every call. */
  env: Readonly<Record<string, string>>;
  /** Gets cargo's messages: what it has compiled. */
  messages: string;
}

/**
 * The program `$COOKBOOK_CARGO`: cargo that compiles for the target unless it is told another one. It does what redoxer
 * does in the cookbook. Plain `cargo` in a script stays that of this machine.
 */
export function cargoProgram({ cargo, rustTarget, cookbookTarget, rustflags, env, messages }: CargoProgram): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${shellQuote(value)}`);
  return `#!/usr/bin/env bash
# cargo for ${rustTarget}
cargo=${shellQuote(cargo)}
# There is one toolchain.
if [[ "$1" == +* ]]; then shift; fi
command="$1"
case "$command" in
  env) shift; exec env "$@" ;;
  b | build | c | check | install | rustc) quiet= ;;
  bench | d | doc | r | run | t | test) quiet=no ;;
  *) exec "$cargo" "$@" ;;
esac
shift
all=("$@") before=() target=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  case "$1" in
    --target) target="$2"; shift ;;
    --target=*) target="\${1#--target=}" ;;
    --message-format*) quiet=no; before+=("$1") ;;
    *) before+=("$1") ;;
  esac
  shift
done
if [ -n "$target" ] && [ "$target" != ${shellQuote(cookbookTarget)} ] && [ "$target" != ${shellQuote(rustTarget)} ]; then
  exec "$cargo" "$command" "\${all[@]}"
fi
# In cargo's own encoding, which keeps spaces; what the script has in RUSTFLAGS comes last.
flags=${shellQuote(rustflags.join('\x1f'))}
for flag in $RUSTFLAGS; do flags="$flags"$'\\x1f'"$flag"; done
export CARGO_ENCODED_RUSTFLAGS="$flags"
unset RUSTFLAGS
${exports.join('\n')}
if [ -n "$quiet" ]; then
  exec "$cargo" "$command" --target ${shellQuote(rustTarget)} "\${before[@]}" "$@"
fi
exec "$cargo" "$command" --target ${shellQuote(rustTarget)} --message-format json-render-diagnostics \\
  "\${before[@]}" "$@" >>${shellQuote(messages)}
`;
}

/** In place of {@link cargoProgram} for a recipe without a target for Rust. */
export function noCargoProgram(): string {
  return `#!/usr/bin/env bash
if [ "$1" = env ]; then shift; exec env "$@"; fi
echo 'there is no Rust target for this recipe: name a spec of system.toml in recipe.toml, [nx] spec = "…"' >&2
exit 1
`;
}
