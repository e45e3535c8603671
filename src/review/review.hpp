#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "document/document.hpp"
#include "exchange/node.hpp"
#include "review/known_names.hpp"
#include "review/report_record.hpp"

namespace parley::intel {
class WarninglistSet;
}

namespace parley::review {

/// A report as it comes in.
struct NewReport {
  document::Document document;
  std::string title;   ///< empty: the document's own, else the source
  std::string source;  ///< where it is from: a file's name, a URL
  std::string kind;
  std::string sha256;
  std::uint64_t bytes = 0;
  std::optional<intel::TlpLevel> tlp;
};

/// Looks a report through and keeps it with what was found, as candidates: no object, no holding is made. The
/// same file from the same source again is the same report, unchanged. Linear in the text.
Result<ReportRecord> add_report(exchange::Node& node, const NewReport& report, const KnownNames& known,
                                const intel::WarninglistSet& lists);

/// Which findings an analyst means: by number from 1, or all that are open and not held back.
struct Selection {
  bool all = false;
  std::vector<std::size_t> only;
};

/// What a confirmation came to.
struct Confirmed {
  std::string report;              ///< id of the STIX report
  std::size_t findings = 0;        ///< confirmed now
  std::size_t objects = 0;         ///< stored or known already, that the report refers to
  std::size_t without_object = 0;  ///< values that STIX has no object for, held all the same
  std::size_t kept_out = 0;  ///< confirmed, yet held out of matches by a warninglist or an off-limits rule
  std::vector<std::string> why_kept_out;
};

/// Makes the chosen findings facts: an object for each (an indicator, a vulnerability, the known thing), its
/// holding under the report's source and marking, and a new version of the STIX report that refers to all
/// that were ever confirmed. Warninglists and off-limits rules hold values out of matches as they do on
/// import. Run again after a crash it ends in the same state: ids were given when the report was added.
Result<Confirmed> confirm_findings(exchange::Node& node, std::string_view id, const Selection& selection,
                                   const KnownNames& known, const intel::WarninglistSet& lists);

/// The chosen findings are none; how many changed. What was confirmed stays so: that is revoked, not
/// rejected.
Result<std::size_t> reject_findings(exchange::Node& node, std::string_view id, const Selection& selection);

/// The STIX bundle that confirming would make: the report and the objects of what is confirmed, or, with
/// `candidates`, of everything open that is not held back.
Result<encoding::Json> stix_candidate(exchange::Node& node, const ReportRecord& record,
                                      const KnownNames& known, bool candidates);

}  // namespace parley::review
