//! Reads the members of a struct one by one, and refuses an unknown name at its position.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer as _, MapAccess, SeqAccess, Visitor,
};

use super::Strict;

/// The members of one object, with the names that are known.
pub(super) struct Members<I> {
    pub(super) inner: I,
    pub(super) known: &'static [&'static str],
}

/// Reads the name of a member.
struct Name<I> {
    inner: I,
    known: &'static [&'static str],
}

/// A struct is an object, or an array of its members, which serde reads as well.
impl<'de, V: Visitor<'de>> Visitor<'de> for Members<Strict<V>> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(access)
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let (inner, known) = (access, self.known);
        self.inner.0.visit_map(Members { inner, known })
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let (inner, known) = (seed, self.known);
        self.inner.next_key_seed(Name { inner, known })
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Name<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        inner.deserialize_identifier(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Name<S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("field identifier")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<S::Value, E> {
        if self.known.contains(&name) {
            let name: StrDeserializer<'_, E> = name.into_deserializer();
            self.inner.deserialize(name)
        } else {
            Err(E::unknown_field(name, self.known))
        }
    }
}
