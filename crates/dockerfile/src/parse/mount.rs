//! The values of `RUN --mount` and `RUN --device`.

use super::csv;
use crate::model::{Mount, MountError, MountKind, Sharing};
use crate::{SyntaxErrorKind, Word};

/// Whether `text` names one device, as `name`, `name=…` or both with `required`.
pub(super) fn check_device(text: &str) -> Result<(), SyntaxErrorKind> {
    let refuse = || SyntaxErrorKind::FlagValue {
        flag: "device",
        value: text.to_owned(),
        expected: "a device, such as `vendor.com/class=name,required`",
    };
    let mut named = false;
    for (field, _) in csv::fields(text).ok_or_else(refuse)? {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key.to_lowercase(), Some(value)),
            None => (field.to_lowercase(), None),
        };
        match (key.as_str(), value) {
            ("required", None) => {}
            ("required", Some(value)) => {
                boolean("required", value).map_err(|_| refuse())?;
            }
            _ if named => return Err(refuse()),
            _ => named = true,
        }
    }
    Ok(())
}

/// Reads the value of `--mount`.
pub(super) fn mount(text: &str) -> Result<Mount, MountError> {
    let fields = csv::fields(text).ok_or_else(|| MountError::Fields { text: text.to_owned() })?;
    let mut mount = Mount::new(MountKind::Bind);
    // `from` is checked before all else, since BuildKit reads it before variables are known.
    let from = fields.iter().filter_map(|(field, _)| field.split_once('='));
    for (_, value) in from.filter(|(key, _)| key.eq_ignore_ascii_case("from")) {
        mount.from = Some(value.to_owned());
        mount.check()?;
    }
    for (field, _) in &fields {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key.to_lowercase(), Some(value)),
            None => (field.to_lowercase(), None),
        };
        mount_field(&mut mount, &key, value)?;
    }
    mount.check()?;
    Ok(mount)
}

fn mount_field(mount: &mut Mount, key: &str, value: Option<&str>) -> Result<(), MountError> {
    let Some(value) = value else {
        match key {
            "readonly" | "ro" => mount.read_only = Some(true),
            "readwrite" | "rw" => mount.read_only = Some(false),
            "required" => mount.required = Some(true),
            _ => return Err(MountError::MissingValue { key: key.to_owned() }),
        }
        return Ok(());
    };
    let word = Some(Word::raw(value));
    let fixed = ["type", "readonly", "ro", "readwrite", "rw", "required", "sharing"];
    if value.contains('$') && fixed.contains(&key) {
        mount.deferred.push((key.to_owned(), Word::raw(value)));
        return Ok(());
    }
    match key {
        "type" => {
            mount.kind = MountKind::parse(value)
                .ok_or_else(|| refuse("type", value, "bind, cache, secret, ssh or tmpfs"))?;
        }
        "from" => mount.from = Some(value.to_owned()),
        "source" | "src" => mount.source = word,
        "target" | "dst" | "destination" => mount.target = word,
        "readonly" | "ro" => mount.read_only = Some(boolean("readonly", value)?),
        "readwrite" | "rw" => mount.read_only = Some(!boolean("readwrite", value)?),
        "required" => mount.required = Some(boolean("required", value)?),
        "size" => mount.size = word,
        "id" => mount.id = word,
        "sharing" => {
            let sharing = Sharing::parse(value);
            mount.sharing =
                Some(sharing.ok_or_else(|| refuse("sharing", value, "shared, private or locked"))?);
        }
        "mode" => mount.mode = number("mode", value, 8)?,
        "uid" => mount.uid = number("uid", value, 10)?,
        "gid" => mount.gid = number("gid", value, 10)?,
        "env" => mount.env = word,
        _ => return Err(MountError::UnknownKey { key: key.to_owned() }),
    }
    Ok(())
}

fn refuse(key: &'static str, value: &str, expected: &'static str) -> MountError {
    MountError::Value { key, value: value.to_owned(), expected }
}

/// A boolean as Go's `strconv.ParseBool` reads it.
fn boolean(key: &'static str, value: &str) -> Result<bool, MountError> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(refuse(key, value, "true or false")),
    }
}

fn number(key: &'static str, value: &str, radix: u32) -> Result<Option<Word>, MountError> {
    if !value.contains('$')
        && (value.starts_with('+') || u32::from_str_radix(value, radix).is_err())
    {
        return Err(refuse(key, value, if radix == 8 { "an octal number" } else { "a number" }));
    }
    Ok(Some(Word::raw(value)))
}
