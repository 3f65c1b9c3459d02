//! How a command fails: a message for a person and an exit code for a script.

use std::error::Error;
use std::io::{Write as _, stderr};
use std::process::ExitCode;

use crate::config::Problems;
use crate::fault::Fault;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The configuration is wrong or unsafe: every problem with its line.
    #[error("the configuration is refused:\n{0}")]
    Configuration(#[from] Problems),
    /// The command line asks for something that is not possible.
    #[error("{0}")]
    Asked(String),
    /// The data that the command was given to read is wrong.
    #[error("{0}")]
    Given(String),
    /// Another failure, of the database or a file for example.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl Failure {
    /// Prints the failure and returns the exit code.
    #[must_use]
    pub(super) fn tell(&self) -> ExitCode {
        // If stderr is closed, the exit code still reports the failure.
        drop(writeln!(stderr(), "common-id: {}", self.in_words()));
        match self {
            Self::Configuration(_) | Self::Asked(_) => ExitCode::from(2),
            Self::Given(_) | Self::Fault(_) => ExitCode::FAILURE,
        }
    }

    /// Returns the failure and its causes as one sentence.
    fn in_words(&self) -> String {
        let mut words = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let more = error.to_string();
            // Some libraries repeat the message of their cause.
            if !words.contains(&more) {
                words.push_str(": ");
                words.push_str(&more);
            }
            cause = error.source();
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_its_causes_once_each() {
        let denied = std::io::Error::other("the disk is full");
        assert_eq!(
            Failure::from(denied).in_words(),
            "a file could not be read or written: the disk is full"
        );
        let given = Failure::Given("line 3: no e-mail".to_owned());
        assert_eq!(given.in_words(), "line 3: no e-mail");
    }
}
