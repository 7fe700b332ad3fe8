//! A slab: values in numbered slots, where the slot of a removed value is used again.

use std::fmt;

/// Names one value of a [`Slab`].
///
/// Slots are used again, so a slot's number is not enough: the generation tells its values apart. The key of a value
/// that was removed finds nothing, whoever lives in the slot now, until that slot was used 2^32 times more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The number of the slot.
    index: u32,
    /// How many values the slot held before.
    generation: u32,
}

impl Key {
    /// The key that is never given out. It names the future that `block_on` was called with.
    pub(crate) const MAIN: Key = Key { index: u32::MAX, generation: 0 };

    /// The key as one number, for a poller that hands it back.
    pub(crate) fn pack(self) -> usize {
        (self.generation as usize) << 32 | self.index as usize
    }

    /// The key that was packed.
    pub(crate) fn unpack(packed: usize) -> Self {
        Key { index: packed as u32, generation: (packed >> 32) as u32 }
    }
}

#[cfg(not(target_pointer_width = "64"))]
compile_error!("a key is packed into a `usize`, which must have 64 bits");

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Key::MAIN {
            return f.write_str("main");
        }
        write!(f, "{}.{}", self.index, self.generation)
    }
}

/// Values in numbered slots: inserting, finding and removing take the same time however many there are.
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
    /// Makes a slab without any slots.
    pub(crate) const fn new() -> Self {
        Slab { slots: Vec::new(), vacant: Vec::new() }
    }

    /// Inserts the value that `make` makes for the key it will have.
    pub(crate) fn insert_with(&mut self, make: impl FnOnce(Key) -> T) -> Key {
        let index = self.vacant.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, value: None });
            let index = u32::try_from(self.slots.len() - 1).ok();
            index.filter(|index| *index < u32::MAX).expect("fewer than 2^32 - 1 values at once")
        });
        let slot = &mut self.slots[index as usize];
        let key = Key { index, generation: slot.generation };
        slot.value = Some(make(key));
        key
    }

    /// The value of that key, unless it was removed.
    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        let slot = self.slots.get(key.index as usize)?;
        slot.value.as_ref().filter(|_| slot.generation == key.generation)
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.vacant.len()
    }

    /// Removes the value of that key, unless that was done before.
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

    /// The keys of all values.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Key> {
        (0..).zip(&self.slots).filter_map(|(index, slot)| {
            slot.value.as_ref().map(|_| Key { index, generation: slot.generation })
        })
    }
}
