#pragma once

#include <string_view>
#include <vector>

#include "report/candidate.hpp"
#include "report/extract.hpp"

namespace parley::report {

/// Holds back the links that a report gives to its sources: to well-known publishers and knowledge bases, to
/// the report's own hosts, in a section named "References" and the like, and, where the report defangs its
/// values, every URL that it does not defang. A value that is defanged itself is never a reference.
void hold_references(std::string_view text, const ExtractOptions& options, std::vector<Candidate>& found);

/// Whether the host is one where reports and reference works stand, or below one.
bool is_publisher(std::string_view host);

}  // namespace parley::report
