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
    + AdmissionStore
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
        + AdmissionStore
        + ChangeNotices
{
}

/// Who asked how often, and who may. Not only a database can do that.
pub trait AdmissionStore:
    UsageStore + QuotaReader + QuotaWriter + SettingReader + SettingWriter
{
}

impl<T> AdmissionStore for T where
    T: UsageStore + QuotaReader + QuotaWriter + SettingReader + SettingWriter
{
}
