import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crateOf, demangle } from './demangle';

describe('a symbol', () => {
  // Symbols of rustc 1.95 with the names that llvm-cxxfilt gives them.
  it.each([
    ['_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt', 'core::panicking::panic_fmt'],
    ['_RINvCskK7mfDs1mzF_1m1fNCNvB2_4main0EB2_', 'm::f::<m::main::{closure#0}>'],
    [
      '_RINvMNtCsgEmfK2I1SDS_4core3stre18trim_start_matchesReECsgY6Mt91CT9J_14rustc_demangle',
      '<str>::trim_start_matches::<&str>',
    ],
    [
      '_RINvMNtCsgEmfK2I1SDS_4core5sliceSh11copy_withinINtNtNtB5_3ops5range14RangeInclusivejEECsfEOYDRpO4Ta_11miniz_oxide',
      '<[u8]>::copy_within::<core::ops::range::RangeInclusive<usize>>',
    ],
    [
      '_RINvMNtCsgEmfK2I1SDS_4core6optionINtB3_6OptionReE11map_or_elseNtNtCslNYArtu3iFV_5alloc6string6StringNCNvNtB12_3fmt6format0NvYeNtNtB12_6borrow7ToOwned8to_ownedECskK7mfDs1mzF_1m',
      '<core::option::Option<&str>>::map_or_else::<alloc::string::String, alloc::fmt::format::{closure#0}, <str as alloc::borrow::ToOwned>::to_owned>',
    ],
    ['_RNvNtCs1_3std2io5STATE.0', 'std::io::STATE'],
    // Examples for the other parts of the grammar (RFC 2603).
    ['_RINvCs1_1a1fKj10_Kb1_Kc61_Kln5_E', "a::f::<16, true, 'a', -5>"],
    ['_RINvCs1_1a1fDG_INtCs1_1b2FnTRL0_hEEp6OutputuEL_E', "a::f::<dyn for<'a> b::Fn<(&'a u8,), Output = ()>>"],
    ['_RINvCs1_1a1fFUKCOhPeEzAmj4_TuEE', 'a::f::<unsafe extern "C" fn(*mut u8, *const str) -> !, [u32; 4], ((),)>'],
    ['_ZN4core9panicking9panic_fmt17h0123456789abcdefE', 'core::panicking::panic_fmt'],
    [
      '_ZN100_$LT$$RF$mut$u20$serde_json..ser..Serializer$LT$W$C$F$GT$$u20$as$u20$serde_core..ser..Serializer$GT$13serialize_str17h087dcf4bf24cafe9E',
      '<&mut serde_json::ser::Serializer<W,F> as serde_core::ser::Serializer>::serialize_str',
    ],
    // Not Rust's.
    ['kstart', 'kstart'],
    ['_ZNSt6vectorIiE4sizeEv', '_ZNSt6vectorIiE4sizeEv'],
    ['_R', '_R'],
  ])('%s is shown as %s', (symbol, shown) => {
    expect(demangle(symbol)).toBe(shown);
  });

  it('may be anything', () => {
    const letters = fc.constantFrom(...'CNMXYIBsvKLEpRSTAFDGjhn_0123456789aZ$.'.split(''));
    const tail = fc.array(letters, { maxLength: 80 }).map((all) => all.join(''));
    fc.assert(
      fc.property(fc.constantFrom('_RNv', '_RIN', '_RB_', '_ZN'), tail, (head, rest) => {
        expect(typeof demangle(head + rest)).toBe('string');
      }),
    );
  });

  it('cannot blow up by back references', () => {
    // Each tuple holds the one before it twice: 2^40 of the first one.
    const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
    const base62 = (n: number): string => (n < 62 ? '' : base62(Math.floor(n / 62))) + digits[n % 62];
    let symbol = 'INvC1a1fThhE';
    let last = symbol.indexOf('T');
    for (let i = 0; i < 40; i++) {
      const reference = `B${base62(last - 1)}_`;
      last = symbol.length;
      symbol += `T${reference}${reference}E`;
      if (i === 1)
        expect(demangle(`_R${symbol}E`)).toBe(
          'a::f::<(u8, u8), ((u8, u8), (u8, u8)), (((u8, u8), (u8, u8)), ((u8, u8), (u8, u8)))>',
        );
    }
    expect(demangle(`_R${symbol}E`)).toBe(`_R${symbol}E`);
  });
});

describe('the crate of a symbol', () => {
  it.each([
    ['_RNvNtCsgEmfK2I1SDS_4core9panicking9panic_fmt', 'core'],
    // Of a generic function the crate that defines it, not one that its arguments are of.
    ['_RINvCskK7mfDs1mzF_1m1fNCNvB2_4main0EB2_', 'm'],
    // The impl is in one crate, the type and the trait in others.
    ['_RNvXCs1_5alloctNtCs1_4core5Clone5clone', 'alloc'],
    // A method that the trait itself has.
    ['_RNvYNtCs1_1a1TNtCs2_1b1Q1f', 'b'],
    ['_ZN4core9panicking9panic_fmt17h0123456789abcdefE', 'core'],
    ['memcpy', undefined],
    ['_R', undefined],
  ])('%s is %s', (symbol, crate) => {
    expect(crateOf(symbol)).toBe(crate);
  });
});
