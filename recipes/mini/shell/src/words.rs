//! Lines of the shell: commands, and the words of each.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::take;

/// What stands for `$?` in a word, until the command before has ended.
pub const STATUS: char = '\u{1}';

/// Splits a line into commands and those into words; `variable` knows the values behind `$`.
///
/// # Errors
/// With the reason, if a quote is not closed.
pub fn parse(line: &str, variable: impl Fn(&str) -> String) -> Result<Vec<Vec<String>>, &'static str> {
    let mut commands = Vec::new();
    let mut words = Vec::new();
    // `None` between words: a quoted word may be empty.
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        match (character, quote) {
            ('\'' | '"', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (_, Some(open)) if character == open => quote = None,
            ('$', None | Some('"')) => {
                let word = word.get_or_insert_default();
                if rest.next_if_eq(&'?').is_some() {
                    word.push(STATUS);
                    continue;
                }
                let mut name = String::new();
                while let Some(character) = rest.next_if(|next| next.is_alphanumeric() || *next == '_') {
                    name.push(character);
                }
                word.push_str(&variable(&name));
            }
            (';', None) => {
                words.extend(word.take());
                commands.push(take(&mut words));
            }
            (character, None) if character.is_whitespace() => words.extend(word.take()),
            (character, _) => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed");
    }
    words.extend(word);
    commands.push(words);
    Ok(commands)
}
