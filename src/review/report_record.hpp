#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "encoding/json.hpp"
#include "intel/marking.hpp"
#include "report/findings.hpp"

namespace parley::state {
class Reader;
class Transaction;
}  // namespace parley::state

namespace parley::review {

/// What the analyst has said of a finding.
enum class Decision : std::uint8_t { open, confirmed, rejected };
std::string_view decision_name(Decision decision);

/// A finding of a report, with what became of it.
struct ReviewedFinding {
  report::Finding finding;
  Decision decision = Decision::open;
  std::string object;  ///< the STIX id that it gets, or has; empty for a value that STIX has no object for
};

/// A report that was read, before and after its review. Nothing of it is a fact here until it is confirmed.
struct ReportRecord {
  std::string id;  ///< "report--…", also of the STIX object
  std::string title;
  std::string source;
  std::string kind;    ///< "text", "html", "pdf"
  std::string sha256;  ///< of the file
  std::uint64_t bytes = 0;
  std::optional<intel::TlpLevel> tlp;
  std::string added;     ///< RFC 3339
  std::string created;   ///< of the STIX object; empty before anything is confirmed
  std::string modified;  ///< of its latest version
  std::vector<std::string> warnings;
  std::vector<std::size_t> pages;
  std::vector<ReviewedFinding> findings;

  /// Everything but the findings.
  encoding::Json head() const;
};

/// Largest text of a report, in bytes: it is looked through in one step of the node.
inline constexpr std::size_t max_report_bytes = 16U << 20U;
/// Most findings of one report; a report with more is refused (a list is imported by `import --format text`).
inline constexpr std::size_t max_findings = 50'000;

/// Stores a new report with its text; `conflict` when the id is taken.
Result<void> put_report(state::Transaction& transaction, const ReportRecord& record, std::string_view text);
/// Writes what has changed.
Result<void> update_report(state::Transaction& transaction, const ReportRecord& record);
/// `not_found` names the id. `id` may be the beginning of one, with or without "report--", when it is the
/// only one.
Result<ReportRecord> get_report(const state::Reader& reader, std::string_view id);
/// The text as it was looked through.
Result<std::string> get_report_text(const state::Reader& reader, std::string_view id);
/// Reports by id behind `after`, at most `limit`, without their findings but with how many there are and how
/// many are open, held back (of the open ones), confirmed and rejected.
Result<encoding::Json> list_report_heads(const state::Reader& reader, std::string_view after,
                                         std::size_t limit);
/// The report that was made from these bytes and this source, or nothing.
Result<std::optional<std::string>> find_report(const state::Reader& reader, std::string_view sha256,
                                               std::string_view source);

}  // namespace parley::review
