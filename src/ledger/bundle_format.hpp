#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "encoding/json.hpp"
#include "encoding/zip.hpp"
#include "ledger/evidence.hpp"

/// The layout of a bundle, once, for those who write and those who check it (docs/spec/evidence.md).
namespace parley::ledger {

/// Bounds on a bundle that is read.
struct BundleLimits {
  std::size_t max_bytes = std::size_t{64} << 20U;
  std::size_t max_statements = 200;
  std::size_t max_disclosures = 50;  ///< of one statement
  std::size_t max_parties = 8;
};

namespace bundle_name {
inline constexpr std::string_view readme = "README.txt";
inline constexpr std::string_view report = "report.html";
inline constexpr std::string_view script = "verify.sh";
inline constexpr std::string_view index = "bundle.json";
inline constexpr std::string_view checkpoint = "checkpoint";
inline constexpr std::string_view proof_list = "proofs/list.txt";
inline constexpr std::string_view package = "package.bin";
inline constexpr std::string_view manifest = "manifest.sha256";
inline constexpr std::string_view manifest_jws = "manifest.jws";
}  // namespace bundle_name

/// `bundle.json`: what the bundle is about and what is in it.
struct BundleIndex {
  struct Entry {
    std::string file;                         ///< "statements/00-agreement.jws"
    std::size_t disclosures = 0;              ///< "disclosures/00-0.txt" and so on
    std::optional<std::uint64_t> leaf_index;  ///< "proofs/7.leaf", ".opening", ".tlog-proof"
  };
  EvidenceKind kind = EvidenceKind::release;
  std::string id;
  std::string subject;
  std::string exporter;
  Timestamp created;
  std::vector<EvidenceParty> parties;
  std::vector<Entry> statements;
  bool has_package = false;

  encoding::Json to_json() const;
  static Result<BundleIndex> from_json(const encoding::Json& json, const BundleLimits& limits = {});
};

std::string_view kind_name(EvidenceKind kind);
/// "statements/00-agreement.jws" for the first statement with schema parley/agreement/1.
std::string statement_file(std::size_t position, std::string_view schema);
std::string disclosure_file(std::size_t position, std::size_t number);
std::string proof_file(std::uint64_t leaf_index, std::string_view extension);
std::string key_file(std::string_view use, std::size_t party);

/// Content of `proofs/list.txt`: a line "INDEX FILE" for each recorded statement.
std::string proof_list_text(const BundleIndex& index);
/// Every member that a bundle with this index has, in its order.
std::vector<std::string> member_names(const BundleIndex& index);

/// What `sha256sum -c` reads: a line for each member but the manifest's own two.
std::string manifest_text(std::span<const encoding::ZipMember> members);

}  // namespace parley::ledger
