#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "exchange/cleared.hpp"

namespace parley::app {

/// The whole file, refused when larger than `limit`.
Result<std::string> read_file(const std::string& path, std::size_t limit = 64U << 20);
/// Writes a new file beside the old one, syncs it and puts it in place: a reader sees the old text or the
/// new.
Result<void> write_file(const std::string& path, std::string_view text, unsigned mode = 0644);
/// The exit of content into a file: for its owner's eyes (mode 0600), and only with a clearance of the gate.
Result<void> write_cleared(const std::string& path, exchange::Cleared<Bytes>&& content);
/// Creates a directory (mode 0700) and its parents.
Result<void> make_directory(const std::string& path);
bool file_exists(const std::string& path);

}  // namespace parley::app
