#pragma once

// Content codings of answers (RFC 9110 sections 8.4.1 and 12.5.3; zstd: RFC 8878). Those of requests are
// undone by BodyDecoder.

#include <optional>
#include <string>
#include <string_view>

namespace parley::net {

enum class Coding { identity, gzip, zstd };

/// As the name stands in a header; empty for identity.
std::string_view coding_name(Coding coding);

/// What to answer to an Accept-Encoding value with: zstd before gzip before identity, among those that the
/// value names with a weight above 0.
Coding choose_coding(std::string_view accept_encoding);

/// `text` compressed, at a level that a server can afford for every answer. Nothing when that fails.
std::optional<std::string> compress(Coding coding, std::string_view text);

}  // namespace parley::net
