//! One spelling for all spellings of the same words.

use super::{AddFiles, Argument, Command, CopyFiles, CopySource, FromImage, Mount, Pair, Run};
use crate::Word;

impl Command {
    /// The same meaning with every word spelled one way: no quotes, escapes where needed.
    ///
    /// Two commands say the same, for a file whose escape character is the
    /// backslash, where their canonical forms are equal.
    #[must_use]
    pub fn canonical(&self) -> Self {
        let mut command = self.clone();
        command.words(&mut |word| *word = word.canonical());
        if let Self::Env(pairs) | Self::Label(pairs) = &mut command {
            for pair in pairs {
                pair.legacy = false;
            }
        }
        command
    }

    /// Visits every word that BuildKit expands.
    fn words(&mut self, visit: &mut dyn FnMut(&mut Word)) {
        match self {
            Self::From(FromImage { image, platform, alias: _ }) => {
                visit(image);
                platform.iter_mut().for_each(visit);
            }
            Self::Env(pairs) | Self::Label(pairs) => {
                for Pair { key, value, legacy: _ } in pairs {
                    visit(key);
                    visit(value);
                }
            }
            Self::Arg(arguments) => {
                for Argument { name: _, default } in arguments {
                    default.iter_mut().for_each(&mut *visit);
                }
            }
            Self::Expose(words) | Self::Volume(words) => words.iter_mut().for_each(visit),
            Self::User(word) | Self::Workdir(word) | Self::StopSignal(word) => visit(word),
            Self::Copy(CopyFiles { chown, chmod, sources, destination, .. }) => {
                chown.iter_mut().chain(chmod).for_each(&mut *visit);
                paths(sources, destination, visit);
            }
            Self::Add(AddFiles { chown, chmod, checksum, sources, destination, .. }) => {
                chown.iter_mut().chain(chmod).chain(checksum).for_each(&mut *visit);
                paths(sources, destination, visit);
            }
            Self::Run(Run { mounts, .. }) => mounts.iter_mut().for_each(|m| mount(m, visit)),
            Self::Onbuild(command) => command.words(visit),
            Self::Cmd(_)
            | Self::Entrypoint(_)
            | Self::Shell(_)
            | Self::Healthcheck(_)
            | Self::Maintainer(_) => {}
        }
    }
}

fn paths(sources: &mut [CopySource], destination: &mut Word, visit: &mut dyn FnMut(&mut Word)) {
    for source in sources {
        if let CopySource::Path(path) = source {
            visit(path);
        }
    }
    visit(destination);
}

fn mount(mount: &mut Mount, visit: &mut dyn FnMut(&mut Word)) {
    let Mount { source, target, id, size, mode, uid, gid, env, .. } = mount;
    [source, target, id, size, mode, uid, gid, env].into_iter().flatten().for_each(visit);
}
