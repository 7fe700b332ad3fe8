//! A slab: values in numbered slots, where a slot is used again after its value is
//! removed.
//!
//! The poller hands back one word with each event: the token that we gave it. So the name
//! of a socket must fit into one word, and finding a socket by its name must be cheap.
//! The executor keeps its tasks in a slab too, because that is faster than a map.
//!
//! A slot's number alone is not a safe name: an event may arrive after its socket was
//! closed and the slot was given to another socket. The *generation* tells the two apart.

use std::fmt;

/// Names one value of a [`Slab`]: its slot, and how many values that slot held before.
///
/// The key of a removed value finds nothing, even if the slot is in use again. A key is
/// given out again only after its slot has been used 2^32 times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    index: u32,
    generation: u32,
}

impl Key {
    /// A key that no slab gives out.
    pub(crate) const RESERVED: Key = Key { index: u32::MAX, generation: 0 };

    /// Packs the key into one word, for the poller.
    pub(crate) fn pack(self) -> usize {
        (self.generation as usize) << 32 | self.index as usize
    }

    /// Returns the key that was packed into `word`.
    pub(crate) fn unpack(word: usize) -> Self {
        Key { index: word as u32, generation: (word >> 32) as u32 }
    }
}

#[cfg(not(target_pointer_width = "64"))]
compile_error!("a key is packed into a `usize`, which must have 64 bits");

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.index, self.generation)
    }
}

/// Values in numbered slots. Inserting, finding and removing a value take the same time
/// however many there are.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    slots: Vec<Slot<T>>,
    /// The numbers of the empty slots.
    vacant: Vec<u32>,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> Slab<T> {
    /// Makes an empty slab.
    pub(crate) const fn new() -> Self {
        Slab { slots: Vec::new(), vacant: Vec::new() }
    }

    /// Returns the key that the next inserted value will have.
    ///
    /// # Panics
    ///
    /// Panics if the slab holds 2^32 - 1 values.
    pub(crate) fn next_key(&self) -> Key {
        let Some(&index) = self.vacant.last() else {
            let index = u32::try_from(self.slots.len()).ok();
            let index = index.filter(|&index| index != Key::RESERVED.index);
            return Key {
                index: index.expect("fewer than 2^32 - 1 values"),
                generation: 0,
            };
        };
        Key { index, generation: self.slots[index as usize].generation }
    }

    /// Inserts a value, and returns its key.
    pub(crate) fn insert(&mut self, value: T) -> Key {
        let key = self.next_key();
        match self.vacant.pop() {
            Some(index) => self.slots[index as usize].value = Some(value),
            None => self.slots.push(Slot { generation: 0, value: Some(value) }),
        }
        key
    }

    /// Returns the value with this key, unless it was removed.
    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        let slot = self.slots.get(key.index as usize)?;
        slot.value.as_ref().filter(|_| slot.generation == key.generation)
    }

    /// Removes and returns the value with this key, unless it was removed before.
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let slot = self.slots.get_mut(key.index as usize)?;
        if slot.generation != key.generation {
            return None;
        }
        let value = slot.value.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.vacant.push(key.index);
        Some(value)
    }

    /// Removes all values, and returns them in the order of their slots.
    pub(crate) fn drain(&mut self) -> Vec<T> {
        let mut values = Vec::new();
        for (index, slot) in (0..).zip(&mut self.slots) {
            if let Some(value) = slot.value.take() {
                slot.generation = slot.generation.wrapping_add(1);
                self.vacant.push(index);
                values.push(value);
            }
        }
        values
    }
}
