//! How much of each stack was used. Stacks are zeroed before anybody uses them, so what was used begins with the first
//! word that is not zero; zeros that the deepest frame holds at its very end are not counted.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::arch::start;
use crate::context::{self, Context};
use crate::info;
use crate::memory::PAGE_SIZE;
use crate::sync::Global;

struct Usage {
    name: String,
    /// Bytes.
    used: usize,
}

/// Of the programs that have ended.
static ENDED: Global<Vec<Usage>> = Global::new(Vec::new());

/// Keeps what a process that ends has used.
pub fn remember(context: &Context) {
    let usage = of_program(context);
    ENDED.with(|ended| ended.extend(usage));
}

/// Tells for the kernel and each program, in the order of the alphabet, how many bytes of its stack were used.
pub fn report() {
    let mut all = ENDED.with(core::mem::take);
    context::for_each(|context| all.extend(of_program(context)));
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let kernel = start::stack();
    // SAFETY: the stack is always mapped, and this only reads.
    let words = unsafe { core::slice::from_raw_parts(kernel.start as *const u64, kernel.len() / 8) };
    let unused = words.iter().take_while(|word| **word == 0).count() * 8;
    info!("Stack of kernel: {} of {} bytes used", kernel.len() - unused, kernel.len());
    for Usage { name, used } in all {
        info!("Stack of {name}: {used} of {} bytes used", STACK.len());
    }
}

const STACK: Range<usize> = abi::STACK_TOP - abi::STACK_SIZE..abi::STACK_TOP;

/// Nothing for a process that has no stack where programs have theirs.
fn of_program(context: &Context) -> Option<Usage> {
    let mut used = 0;
    let mut page = [0; PAGE_SIZE];
    for address in STACK.step_by(PAGE_SIZE) {
        context.space.read(address, &mut page).ok()?;
        let words = page.as_chunks().0;
        if let Some(index) = words.iter().position(|word| u64::from_ne_bytes(*word) != 0) {
            used = STACK.end - address - index * 8;
            break;
        }
    }
    let name = context.name.rsplit('/').next().unwrap_or_default().into();
    Some(Usage { name, used })
}
