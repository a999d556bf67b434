//! A store as a whole, for whoever opens one or tests one. Everybody else names the trait that is
//! needed.

use crate::{
    ChangeNotices, CredentialReader, DefinitionReader, DefinitionWriter, KeyStore, ProjectReader,
    QuotaReader, QuotaWriter, SettingReader, SettingWriter, SubjectStore, SubjectWriter,
    UsageStore,
};

/// Everything that a database can do.
pub trait Store:
    DefinitionReader
    + ProjectReader
    + DefinitionWriter
    + CredentialReader
    + KeyStore
    + SubjectStore
    + SubjectWriter
    + UsageStore
    + QuotaReader
    + QuotaWriter
    + SettingReader
    + SettingWriter
    + ChangeNotices
{
}

impl<T> Store for T where
    T: DefinitionReader
        + ProjectReader
        + DefinitionWriter
        + CredentialReader
        + KeyStore
        + SubjectStore
        + SubjectWriter
        + UsageStore
        + QuotaReader
        + QuotaWriter
        + SettingReader
        + SettingWriter
        + ChangeNotices
{
}
