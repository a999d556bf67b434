//! Lists that are kept, in allocations of their own size.
//!
//! Surprising: what the standard library makes smaller in place may keep all that it had grown to.
//! Allocators that keep blocks by their size leave a list in its block as long as it fills half of it,
//! which cost a snapshot an eighth of its memory. So they are moved once more, when they are final.

/// The list, in a block that it fills.
pub(crate) fn exact_list<T>(list: Vec<T>) -> Box<[T]> {
    let mut exact = Vec::with_capacity(list.len());
    exact.extend(list);
    exact.into_boxed_slice()
}
