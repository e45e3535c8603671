#pragma once

#include <string_view>
#include <vector>

#include "report/candidate.hpp"
#include "report/extract.hpp"

namespace parley::report {

/// Holds back the links that a report gives to its sources: to well-known publishers and knowledge bases, to
/// the report's own hosts, in a section named "References" and the like, and, where the report defangs its
/// values, every URL that it does not defang and that may be one of a source (no port, no user, no address).
/// A value that is defanged itself is never a reference.
void hold_references(std::string_view text, const ExtractOptions& options, std::vector<Candidate>& found);

/// Adds where the links of the text lead, where it is not what they show; in the order of the text again.
void add_link_targets(std::string_view text, const ExtractOptions& options, std::vector<Candidate>& found);

/// Whether the host is one of the report's own, or below one.
bool is_own_host(std::string_view host, const ExtractOptions& options);
/// Whether the host is one where reports and reference works stand, or below one.
bool is_publisher(std::string_view host);

}  // namespace parley::report
