//! The algorithms of JSON Web Encryption (RFC 7518 §4–5) by which tokens are hidden
//! from everybody but their reader.

crate::wire_words! {
    /// How the key of a JWE is brought to its reader (`alg`). RSA1_5 is not among them: its
    /// padding lets an attacker who may ask often read what is not theirs.
    pub enum KeyManagementAlgorithm {
        /// RSAES OAEP with SHA-256.
        RsaOaep256 = "RSA-OAEP-256",
        /// A key agreed on by elliptic curves, used as it is.
        EcdhEs = "ECDH-ES",
        /// The same, wrapping another of 128 bits.
        EcdhEsA128Kw = "ECDH-ES+A128KW",
        /// The same, wrapping another of 256 bits.
        EcdhEsA256Kw = "ECDH-ES+A256KW",
    }
}

crate::wire_words! {
    /// How what a JWE holds is encrypted (`enc`).
    pub enum ContentEncryption {
        /// AES-128 in CBC with HMAC SHA-256: what is meant where nothing is said.
        A128CbcHs256 = "A128CBC-HS256",
        /// AES-256 in CBC with HMAC SHA-512.
        A256CbcHs512 = "A256CBC-HS512",
        /// AES-128 in GCM.
        A128Gcm = "A128GCM",
        /// AES-256 in GCM.
        A256Gcm = "A256GCM",
    }
}
