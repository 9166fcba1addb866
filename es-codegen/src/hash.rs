//! The hash of texts that are compared with texts of another day.

/// FNV-1a with 64 bits, as 16 hex digits: the same with every release of Rust, unlike the hashes of its library.
///
/// It finds edits, it does not keep out forgers.
pub(crate) fn of(bytes: impl IntoIterator<Item = u8>) -> String {
    let bytes = bytes.into_iter();
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}
