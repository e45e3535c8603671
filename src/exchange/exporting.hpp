#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.hpp"
#include "exchange/gate.hpp"
#include "exchange/node.hpp"
#include "policy/policy.hpp"

namespace parley::exchange {

/// What an export is written as.
enum class ExportFormat : std::uint8_t { stix, csv, misp };

std::optional<ExportFormat> parse_export_format(std::string_view name);  ///< "stix", "csv", "misp"
std::string_view export_format_name(ExportFormat format);

/// Without a peer it is a copy for the organisation's own use: everything that is its own, open cases and
/// unmarked items included, each under the marking that it is held under. With one it is a disclosure, under
/// an agreement and one purpose, of what the rules let this peer have.
struct ExportQuestion {
  ExportFormat format = ExportFormat::stix;
  std::vector<std::string> types;  ///< STIX types and selector types; empty: all
  std::string peer;                ///< name or origin; empty: own use
  std::string agreement;           ///< id, hash or unique beginning
  std::string purpose;
};

/// Exact counts, per content of an object and per value.
struct ExportReport {
  std::uint64_t objects = 0;
  std::uint64_t values = 0;
  std::map<std::string, std::uint64_t> held_back;  ///< by the rule that did it
  std::uint64_t bytes = 0;
  crypto::Hash256 sha256{};        ///< of all bytes
  std::uint64_t ledger_index = 0;  ///< of the statement
  encoding::Json to_json() const;
};

/// What an export is made of, piece by piece: one for each format. The gate alone asks for its bytes.
class ExportContent {
 public:
  virtual ~ExportContent() = default;
  /// What the rules say before any item.
  virtual policy::Decision act() const = 0;
  /// The version of the rules that it asks.
  virtual std::string policy_version() const = 0;
  /// Origin of the peer; empty for own use.
  virtual std::string audience() const = 0;
  /// Appends what may leave of about `most` more items and counts them; true when there are no more.
  virtual Result<bool> fill(std::string& out, std::size_t most, ExportReport& counts) = 0;
  /// Of all items, for progress; 0 when it is not known.
  virtual std::uint64_t total() const { return 0; }
};

/// `usage` for a format that cannot be had; reads one snapshot of the store.
Result<std::unique_ptr<ExportContent>> make_export_content(Node& node, const ExportQuestion& question);

/// An export on its way out: pieces that the gate has cleared, in their order, and at the end the statement
/// of what left (parley/export/1) in the ledger. What was taken from `next` is nothing until `finish` is
/// done: the caller gives it its name only then.
class Export {
 public:
  /// `refused` when nothing at all may leave.
  static Result<Export> begin(Node& node, ExportQuestion question);

  /// The next piece, of about a megabyte; nothing at the end.
  Result<std::optional<Cleared<Bytes>>> next();
  /// Items that were looked at, and all of them.
  std::uint64_t done() const;
  std::uint64_t total() const { return content_->total(); }
  /// Records the statement; returns when that is durable.
  Result<ExportReport> finish();

 private:
  Export(Node& node, ExportQuestion question, std::unique_ptr<ExportContent> content)
      : node_(&node), question_(std::move(question)), content_(std::move(content)) {}

  Node* node_;
  ExportQuestion question_;
  std::unique_ptr<ExportContent> content_;
  ExportReport report_;
  crypto::Sha256 hash_;
  std::optional<Clearance> clearance_;
  bool ended_ = false;
};

}  // namespace parley::exchange
