#include <algorithm>
#include <iterator>
#include <ranges>
#include <span>

#include "base/ascii.hpp"
#include "intel/url_host.hpp"
#include "report/reference.hpp"

namespace parley::report {
namespace {

using intel::SelectorType;

/// The host of a URL, the part of an address behind its @, else the value: what two values may share.
std::string_view place_of(const intel::Selector& selector) {
  const std::string_view value = selector.value;
  if (selector.type == SelectorType::url) return intel::host_of_canonical_url(value);
  return value.substr(value.find('@') + 1);  // npos + 1: all of it
}

/// What of an address of mail in a link is the address: "mailto:me@example.org?subject=x".
std::string_view address_in(std::string_view target) {
  constexpr std::string_view mail = "mailto:";
  if (!starts_with_ignoring_case(target, mail)) return target;
  return target.substr(mail.size(), target.find('?') - mail.size());
}

Hold hold_of_target(const Candidate& target, std::span<const Candidate> shown,
                    const ExtractOptions& options) {
  if (target.hold != Hold::none || target.defanged) return target.hold;
  const std::string_view host = place_of(target.selector);
  if (is_publisher(host) || is_own_host(host, options)) return Hold::reference;
  const bool of_shown = std::ranges::any_of(
      shown, [&](const Candidate& one) { return one.hold == Hold::none && place_of(one.selector) == host; });
  return of_shown ? Hold::none : Hold::link_target;
}

}  // namespace

void add_link_targets(std::string_view text, const ExtractOptions& options, std::vector<Candidate>& found) {
  ExtractOptions plain;  // one value by itself: nothing around it says what it is
  plain.clickable_links_are_references = false;
  std::vector<Candidate> targets;
  auto begin = found.begin();
  for (const TextLink& link : options.links) {
    if (link.target.empty() || link.end > text.size() || link.begin > link.end) continue;
    while (begin != found.end() && begin->begin < link.begin) ++begin;
    auto end = begin;
    while (end != found.end() && end->end <= link.end) ++end;
    const std::span<const Candidate> shown(begin, end);
    for (Candidate& target : extract(address_in(link.target), plain)) {
      if (found.size() + targets.size() >= options.max_candidates) break;
      if (std::ranges::any_of(shown, [&](const Candidate& one) { return one.selector == target.selector; }))
        continue;
      target.hold = hold_of_target(target, shown, options);
      target.begin = link.begin;
      target.end = link.end;
      target.from_link = true;
      targets.push_back(std::move(target));
    }
  }
  if (targets.empty()) return;
  std::vector<Candidate> all;  // both are in order; what is shown comes first
  all.reserve(found.size() + targets.size());
  std::ranges::merge(
      std::ranges::subrange(std::make_move_iterator(found.begin()), std::make_move_iterator(found.end())),
      std::ranges::subrange(std::make_move_iterator(targets.begin()), std::make_move_iterator(targets.end())),
      std::back_inserter(all), {}, &Candidate::begin, &Candidate::begin);
  found = std::move(all);
}

}  // namespace parley::report
