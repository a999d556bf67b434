//! One token: version, time, initialisation vector, ciphertext, and the code that authenticates all
//! of it, in url-safe base64.

use aes::Aes128;
use base64::Engine as _;
use burgee_model::Timestamp;
use cbc::cipher::{
    BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, block_padding::Pkcs7,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::keys::{BASE64, Key};

const VERSION: u8 = 0x80;
const BLOCK_BYTES: usize = 16;
const CODE_BYTES: usize = 32;

/// Version and time before the initialisation vector.
const HEAD_BYTES: usize = 1 + 8;

/// Whether a text has the form of a token; by which key it was made does not matter.
pub fn is_token(text: &str) -> bool {
    BASE64
        .decode(text)
        .is_ok_and(|bytes| parts(&bytes).is_some())
}

/// A token that says `text`.
pub(crate) fn write(key: &Key, text: &str, now: Timestamp, random: [u8; BLOCK_BYTES]) -> String {
    let seconds = now.unix_millis().div_euclid(1_000);
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&seconds.to_be_bytes());
    bytes.extend_from_slice(&random);
    let encryptor = cbc::Encryptor::<Aes128>::new(&key.encryption.into(), &random.into());
    bytes.extend(encryptor.encrypt_padded_vec::<Pkcs7>(text.as_bytes()));
    let code = code(key, &bytes).finalize().into_bytes();
    bytes.extend_from_slice(&code);
    BASE64.encode(bytes)
}

/// What the token says, if `key` made it.
pub(crate) fn read(key: &Key, token: &str) -> Option<String> {
    let bytes = BASE64.decode(token).ok()?;
    let parts = parts(&bytes)?;
    // In constant time, and before anything is decrypted.
    code(key, parts.signed).verify_slice(parts.code).ok()?;
    let decryptor = cbc::Decryptor::<Aes128>::new(&key.encryption.into(), parts.vector.into());
    let plain = decryptor.decrypt_padded_vec::<Pkcs7>(parts.ciphertext);
    String::from_utf8(plain.ok()?).ok()
}

struct Parts<'t> {
    /// All but the code.
    signed: &'t [u8],
    vector: &'t [u8; BLOCK_BYTES],
    ciphertext: &'t [u8],
    code: &'t [u8; CODE_BYTES],
}

fn parts(bytes: &[u8]) -> Option<Parts<'_>> {
    let (signed, code) = bytes.split_last_chunk()?;
    let (head, rest) = signed.split_first_chunk::<HEAD_BYTES>()?;
    let (vector, ciphertext) = rest.split_first_chunk()?;
    let is_whole = !ciphertext.is_empty() && ciphertext.len().is_multiple_of(BLOCK_BYTES);
    (head.first() == Some(&VERSION) && is_whole).then_some(Parts {
        signed,
        vector,
        ciphertext,
        code,
    })
}

fn code(key: &Key, signed: &[u8]) -> Hmac<Sha256> {
    // As HMAC has it: a key that is shorter than a block is filled up with zeros.
    let mut block = [0; 64];
    for (place, byte) in block.iter_mut().zip(key.signing) {
        *place = byte;
    }
    let mut code = Hmac::<Sha256>::new(&block.into());
    code.update(signed);
    code
}
