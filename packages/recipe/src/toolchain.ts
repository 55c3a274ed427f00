import { type Diagnostic, required, type RuleOutput, string, table, TomlDocument } from '@nx-redox/kit/toml';
const toolchainTable = table({
  rust: required(
    string((value) => (/^\d+\.\d+\.\d+$/.test(value) ? undefined : 'must be a full version of Rust, such as 1.95.0')),
    'rust = "1.95.0": the version of Rust that all systems are built with',
  ),
});

/** Rules for a toolchain.toml. */
export const toolchainFile = table({ toolchain: required(toolchainTable, '[toolchain] with rust = "1.95.0"') });

/** A toolchain.toml: which Rust the workspace builds with. */
export type Toolchain = RuleOutput<typeof toolchainTable>;

/** Reads the text of a toolchain.toml; everything wrong is a diagnostic, and then `toolchain` is undefined. */
export function parseToolchain(
  text: string,
  file: string,
): { toolchain: Toolchain | undefined; diagnostics: Diagnostic[] } {
  const document = new TomlDocument(text, file);
  const toolchain = document.read(toolchainFile)?.toolchain;
  return { toolchain, diagnostics: document.diagnostics };
}
