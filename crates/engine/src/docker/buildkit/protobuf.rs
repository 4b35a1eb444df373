//! The little of protocol buffers that BuildKit's session and logs need.
//!
//! Two requests of one field each and four kinds of log messages do not earn a code generator: the
//! wire format is numbered fields, which are numbers or bytes.

/// A field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A number: integers, booleans, enumerations.
    Number(u64),
    /// Text, bytes, or a message.
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    pub(super) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Number(_) => &[],
        }
    }

    pub(super) fn text(self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    pub(super) fn is_true(self) -> bool {
        matches!(self, Self::Number(number) if number != 0)
    }
}

/// A message that breaks off, or is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("BuildKit sent a message that cannot be read")]
pub(super) struct Malformed;

/// The fields of a message, in their order. Those of fixed width are skipped: nothing here has one.
pub(super) fn fields(mut message: &[u8]) -> Result<Vec<(u64, Value<'_>)>, Malformed> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let tag = number(&mut message)?;
        match tag & 7 {
            0 => fields.push((tag >> 3, Value::Number(number(&mut message)?))),
            1 => drop(take(&mut message, 8)?),
            2 => {
                let length = number(&mut message)?;
                fields.push((tag >> 3, Value::Bytes(take(&mut message, length)?)));
            }
            5 => drop(take(&mut message, 4)?),
            _ => return Err(Malformed),
        }
    }
    Ok(fields)
}

/// A message of one field of bytes.
pub(super) fn message(field: u8, bytes: &[u8]) -> Vec<u8> {
    let mut message = vec![field << 3 | 2];
    let mut length = bytes.len();
    loop {
        let [low, ..] = length.to_le_bytes();
        length >>= 7;
        message.push(if length == 0 { low } else { low | 0x80 });
        if length == 0 {
            break;
        }
    }
    message.extend_from_slice(bytes);
    message
}

fn number(message: &mut &[u8]) -> Result<u64, Malformed> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = message.split_first().ok_or(Malformed)?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(Malformed)
}

fn take<'a>(message: &mut &'a [u8], length: u64) -> Result<&'a [u8], Malformed> {
    let length = usize::try_from(length).map_err(|_| Malformed)?;
    let (bytes, rest) = message.split_at_checked(length).ok_or(Malformed)?;
    *message = rest;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 127, 128, 300, 20_000] {
            let bytes = vec![7; length];
            assert_eq!(fields(&message(3, &bytes)), Ok(vec![(3, Value::Bytes(&bytes))]));
        }
        assert_eq!(fields(&[0x08, 0x96, 0x01]), Ok(vec![(1, Value::Number(150))]));
        assert_eq!(fields(&[0x0d, 1, 2, 3, 4, 0x10, 1]), Ok(vec![(2, Value::Number(1))]));
    }

    #[test]
    fn damage_is_an_error() {
        for bytes in [
            &[0x08][..],
            &[0x0a, 5, 1],
            &[0x0b],
            &[0xff; 11],
            &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f],
        ] {
            assert_eq!(fields(bytes), Err(Malformed), "{bytes:?}");
        }
    }
}
