//! By generate.py, from tokio's signatures.

use super::*;

// tokio::fs
fn canonicalize(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<std::path::PathBuf>> { tokio::fs::canonicalize(a) }
fn create_dir(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<()>> { tokio::fs::create_dir(a) }
fn create_dir_all(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<()>> { tokio::fs::create_dir_all(a) }
fn DirBuilder_new() -> tokio::fs::DirBuilder { <tokio::fs::DirBuilder>::new() }
fn DirBuilder_recursive<'this>(a: &'this mut tokio::fs::DirBuilder, b: bool) -> &'this mut tokio::fs::DirBuilder { <tokio::fs::DirBuilder>::recursive(a, b) }
fn DirBuilder_create<'this>(a: &'this tokio::fs::DirBuilder, b: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<()>> { <tokio::fs::DirBuilder>::create(a, b) }
fn DirBuilder_mode<'this>(a: &'this mut tokio::fs::DirBuilder, b: u32) -> &'this mut tokio::fs::DirBuilder { <tokio::fs::DirBuilder>::mode(a, b) }
fn DirBuilder_is_0() { is!(tokio::fs::DirBuilder: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, Default); }
fn File_open(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<tokio::fs::File>> { <tokio::fs::File>::open(a) }
fn File_create(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<tokio::fs::File>> { <tokio::fs::File>::create(a) }
fn File_create_new<P: AsRef<std::path::Path>>(a: P) -> impl Future<Output = std::io::Result<tokio::fs::File>> { <tokio::fs::File>::create_new(a) }
fn File_options() -> tokio::fs::OpenOptions { <tokio::fs::File>::options() }
fn File_from_std(a: std::fs::File) -> tokio::fs::File { <tokio::fs::File>::from_std(a) }
fn File_sync_all<'this>(a: &'this tokio::fs::File) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::fs::File>::sync_all(a) }
fn File_sync_data<'this>(a: &'this tokio::fs::File) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::fs::File>::sync_data(a) }
fn File_set_len<'this>(a: &'this tokio::fs::File, b: u64) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::fs::File>::set_len(a, b) }
fn File_metadata<'this>(a: &'this tokio::fs::File) -> impl Future<Output = std::io::Result<std::fs::Metadata>> + Send + Sync { <tokio::fs::File>::metadata(a) }
fn File_try_clone<'this>(a: &'this tokio::fs::File) -> impl Future<Output = std::io::Result<tokio::fs::File>> + Send + Sync { <tokio::fs::File>::try_clone(a) }
fn File_into_std(a: tokio::fs::File) -> impl Future<Output = std::fs::File> + Send + Sync { <tokio::fs::File>::into_std(a) }
fn File_try_into_std(a: tokio::fs::File) -> Result<std::fs::File, tokio::fs::File> { <tokio::fs::File>::try_into_std(a) }
fn File_set_permissions<'this>(a: &'this tokio::fs::File, b: std::fs::Permissions) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::fs::File>::set_permissions(a, b) }
fn File_set_times<'this>(a: &'this tokio::fs::File, b: tokio::fs::FileTimes) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::fs::File>::set_times(a, b) }
fn File_set_modified<'this>(a: &'this tokio::fs::File, b: std::time::SystemTime) -> impl Future<Output = std::io::Result<()>> + Send + Sync { <tokio::fs::File>::set_modified(a, b) }
fn File_set_max_buf_size<'this>(a: &'this mut tokio::fs::File, b: usize) { <tokio::fs::File>::set_max_buf_size(a, b) }
fn File_max_buf_size<'this>(a: &'this tokio::fs::File) -> usize { <tokio::fs::File>::max_buf_size(a) }
fn File_is_0() { is!(tokio::fs::File: Send, Sync, Unpin, tokio::io::AsyncRead, tokio::io::AsyncSeek, tokio::io::AsyncWrite, From<std::fs::File>, std::fmt::Debug, From<std::os::fd::OwnedFd>, std::os::fd::AsRawFd, std::os::fd::AsFd, std::os::fd::FromRawFd); }
fn FileTimes_new() -> tokio::fs::FileTimes { <tokio::fs::FileTimes>::new() }
fn FileTimes_set_accessed(a: tokio::fs::FileTimes, b: std::time::SystemTime) -> tokio::fs::FileTimes { <tokio::fs::FileTimes>::set_accessed(a, b) }
fn FileTimes_set_modified(a: tokio::fs::FileTimes, b: std::time::SystemTime) -> tokio::fs::FileTimes { <tokio::fs::FileTimes>::set_modified(a, b) }
fn FileTimes_is_0() { is!(tokio::fs::FileTimes: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug, Clone, Default); }
fn hard_link(a: impl AsRef<std::path::Path>, b: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<()>> { tokio::fs::hard_link(a, b) }
fn metadata(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<std::fs::Metadata>> { tokio::fs::metadata(a) }
fn OpenOptions_new() -> tokio::fs::OpenOptions { <tokio::fs::OpenOptions>::new() }
fn OpenOptions_read<'this>(a: &'this mut tokio::fs::OpenOptions, b: bool) -> &'this mut tokio::fs::OpenOptions { <tokio::fs::OpenOptions>::read(a, b) }
fn OpenOptions_write<'this>(a: &'this mut tokio::fs::OpenOptions, b: bool) -> &'this mut tokio::fs::OpenOptions { <tokio::fs::OpenOptions>::write(a, b) }
fn OpenOptions_append<'this>(a: &'this mut tokio::fs::OpenOptions, b: bool) -> &'this mut tokio::fs::OpenOptions { <tokio::fs::OpenOptions>::append(a, b) }
fn OpenOptions_truncate<'this>(a: &'this mut tokio::fs::OpenOptions, b: bool) -> &'this mut tokio::fs::OpenOptions { <tokio::fs::OpenOptions>::truncate(a, b) }
fn OpenOptions_create<'this>(a: &'this mut tokio::fs::OpenOptions, b: bool) -> &'this mut tokio::fs::OpenOptions { <tokio::fs::OpenOptions>::create(a, b) }
fn OpenOptions_create_new<'this>(a: &'this mut tokio::fs::OpenOptions, b: bool) -> &'this mut tokio::fs::OpenOptions { <tokio::fs::OpenOptions>::create_new(a, b) }
fn OpenOptions_open<'this>(a: &'this tokio::fs::OpenOptions, b: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<tokio::fs::File>> { <tokio::fs::OpenOptions>::open(a, b) }
fn OpenOptions_mode<'this>(a: &'this mut tokio::fs::OpenOptions, b: u32) -> &'this mut tokio::fs::OpenOptions { <tokio::fs::OpenOptions>::mode(a, b) }
fn OpenOptions_custom_flags<'this>(a: &'this mut tokio::fs::OpenOptions, b: i32) -> &'this mut tokio::fs::OpenOptions { <tokio::fs::OpenOptions>::custom_flags(a, b) }
fn OpenOptions_is_0() { is!(tokio::fs::OpenOptions: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, Clone, std::fmt::Debug, From<std::fs::OpenOptions>, Default); }
fn read(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<Vec<u8>>> { tokio::fs::read(a) }
fn read_dir(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<tokio::fs::ReadDir>> { tokio::fs::read_dir(a) }
fn DirEntry_ino<'this>(a: &'this tokio::fs::DirEntry) -> u64 { <tokio::fs::DirEntry>::ino(a) }
fn DirEntry_path<'this>(a: &'this tokio::fs::DirEntry) -> std::path::PathBuf { <tokio::fs::DirEntry>::path(a) }
fn DirEntry_file_name<'this>(a: &'this tokio::fs::DirEntry) -> std::ffi::OsString { <tokio::fs::DirEntry>::file_name(a) }
fn DirEntry_metadata<'this>(a: &'this tokio::fs::DirEntry) -> impl Future<Output = std::io::Result<std::fs::Metadata>> + Send + Sync { <tokio::fs::DirEntry>::metadata(a) }
fn DirEntry_file_type<'this>(a: &'this tokio::fs::DirEntry) -> impl Future<Output = std::io::Result<std::fs::FileType>> + Send + Sync { <tokio::fs::DirEntry>::file_type(a) }
fn DirEntry_is_0() { is!(tokio::fs::DirEntry: Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe, std::fmt::Debug); }
fn ReadDir_next_entry<'this>(a: &'this mut tokio::fs::ReadDir) -> impl Future<Output = std::io::Result<Option<tokio::fs::DirEntry>>> + Send + Sync { <tokio::fs::ReadDir>::next_entry(a) }
fn ReadDir_poll_next_entry<'this>(a: &'this mut tokio::fs::ReadDir, b: &mut std::task::Context<'_>) -> std::task::Poll<std::io::Result<Option<tokio::fs::DirEntry>>> { <tokio::fs::ReadDir>::poll_next_entry(a, b) }
fn ReadDir_is_0() { is!(tokio::fs::ReadDir: Send, Sync, Unpin, std::fmt::Debug); }
fn read_link(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<std::path::PathBuf>> { tokio::fs::read_link(a) }
fn read_to_string(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<String>> { tokio::fs::read_to_string(a) }
fn remove_dir(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<()>> { tokio::fs::remove_dir(a) }
fn remove_dir_all(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<()>> { tokio::fs::remove_dir_all(a) }
fn remove_file(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<()>> { tokio::fs::remove_file(a) }
fn rename(a: impl AsRef<std::path::Path>, b: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<()>> { tokio::fs::rename(a, b) }
fn set_permissions(a: impl AsRef<std::path::Path>, b: std::fs::Permissions) -> impl Future<Output = std::io::Result<()>> { tokio::fs::set_permissions(a, b) }
fn symlink_metadata(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<std::fs::Metadata>> { tokio::fs::symlink_metadata(a) }
fn write(a: impl AsRef<std::path::Path>, b: impl AsRef<[u8]>) -> impl Future<Output = std::io::Result<()>> { tokio::fs::write(a, b) }
fn copy(a: impl AsRef<std::path::Path>, b: impl AsRef<std::path::Path>) -> impl Future<Output = Result<u64, std::io::Error>> { tokio::fs::copy(a, b) }
fn try_exists(a: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<bool>> { tokio::fs::try_exists(a) }
fn symlink(a: impl AsRef<std::path::Path>, b: impl AsRef<std::path::Path>) -> impl Future<Output = std::io::Result<()>> { tokio::fs::symlink(a, b) }
