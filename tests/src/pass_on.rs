//! What a store in front of another passes on as it is.

/// Writes these functions of an `EventStore`, each of which asks the store in the field `inner`.
#[macro_export]
macro_rules! pass_on {
    ($($function:ident)*) => {
        $($crate::pass_on! { @ $function })*
    };
    (@ append_chain) => {
        async fn append_chain(
            &self,
            commits: ::std::vec::Vec<::es_runtime::Commit>,
        ) -> ::std::vec::Vec<Result<::es_runtime::Receipt, ::es_runtime::StoreError>> {
            self.inner.append_chain(commits).await
        }
    };
    (@ receipt) => {
        async fn receipt(
            &self,
            id: ::es_runtime::CommandId,
            fingerprint: ::es_runtime::Fingerprint,
        ) -> Result<Option<::es_runtime::Receipt>, ::es_runtime::StoreError> {
            self.inner.receipt(id, fingerprint).await
        }
    };
    (@ read_stream) => {
        async fn read_stream(
            &self,
            stream: ::es_runtime::StreamId,
            slice: ::es_runtime::Slice<::es_runtime::Version>,
        ) -> Result<::es_runtime::Page, ::es_runtime::StoreError> {
            self.inner.read_stream(stream, slice).await
        }
    };
    (@ read_log) => {
        async fn read_log(
            &self,
            query: ::es_runtime::Query,
            slice: ::es_runtime::Slice<::es_runtime::Position>,
        ) -> Result<::es_runtime::LogPage, ::es_runtime::StoreError> {
            self.inner.read_log(query, slice).await
        }
    };
    (@ head) => {
        async fn head(&self) -> Result<Option<::es_runtime::Position>, ::es_runtime::StoreError> {
            self.inner.head().await
        }
    };
    (@ changed) => {
        async fn changed(
            &self,
            after: Option<::es_runtime::Position>,
        ) -> Result<(), ::es_runtime::StoreError> {
            self.inner.changed(after).await
        }
    };
    (@ snapshots) => {
        async fn snapshot(
            &self,
            stream: ::es_runtime::StreamId,
            fingerprint: ::es_runtime::Fingerprint,
        ) -> Result<Option<::es_runtime::Snapshot>, ::es_runtime::StoreError> {
            self.inner.snapshot(stream, fingerprint).await
        }

        async fn keep_snapshot(
            &self,
            snapshot: ::es_runtime::Snapshot,
        ) -> Result<bool, ::es_runtime::StoreError> {
            self.inner.keep_snapshot(snapshot).await
        }

        async fn drop_snapshot(
            &self,
            stream: ::es_runtime::StreamId,
            version: ::es_runtime::Version,
        ) -> Result<(), ::es_runtime::StoreError> {
            self.inner.drop_snapshot(stream, version).await
        }
    };
}
