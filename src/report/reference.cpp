#include "report/reference.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/ascii.hpp"
#include "intel/url_host.hpp"
#include "report/top_level.hpp"
#include "report/word_table.hpp"

namespace parley::report {
namespace {

using intel::SelectorType;

/// Publishers of reports, reference works and social media. A criminal may use some of them, and then
/// the report that says so defangs the link.
constexpr std::array publishers = std::to_array<std::string_view>({
    "anssi.gouv.fr",
    "archive.org",
    "arstechnica.com",
    "bitdefender.com",
    "bleepingcomputer.com",
    "blog.google",
    "blogs.blackberry.com",
    "bsi.bund.de",
    "cert.gov.ua",
    "cert.pl",
    "certfr.fr",
    "checkpoint.com",
    "cisa.gov",
    "citizenlab.ca",
    "cloudflare.com",
    "crowdstrike.com",
    "cve.org",
    "cybereason.com",
    "darkreading.com",
    "docs.microsoft.com",
    "elastic.co",
    "enisa.europa.eu",
    "eset.com",
    "europol.europa.eu",
    "exploit-db.com",
    "f-secure.com",
    "facebook.com",
    "fbi.gov",
    "fireeye.com",
    "first.org",
    "fortinet.com",
    "group-ib.com",
    "huntress.com",
    "ibm.com",
    "ic3.gov",
    "instagram.com",
    "interpol.int",
    "jpcert.or.jp",
    "justice.gov",
    "kaspersky.com",
    "krebsonsecurity.com",
    "learn.microsoft.com",
    "linkedin.com",
    "malpedia.caad.fkie.fraunhofer.de",
    "malwarebytes.com",
    "mandiant.com",
    "mcafee.com",
    "microsoft.com",
    "mitre.org",
    "ncsc.gov.uk",
    "ncsc.nl",
    "nist.gov",
    "nytimes.com",
    "paloaltonetworks.com",
    "proofpoint.com",
    "recordedfuture.com",
    "reuters.com",
    "schneier.com",
    "securelist.com",
    "secureworks.com",
    "securityweek.com",
    "sekoia.io",
    "sentinelone.com",
    "sophos.com",
    "symantec.com",
    "talosintelligence.com",
    "techcrunch.com",
    "thehackernews.com",
    "therecord.media",
    "theregister.com",
    "threatpost.com",
    "treasury.gov",
    "trellix.com",
    "trendmicro.com",
    "twitter.com",
    "urlscan.io",
    "us-cert.gov",
    "virustotal.com",
    "volexity.com",
    "w3.org",
    "washingtonpost.com",
    "welivesecurity.com",
    "wikipedia.org",
    "wired.com",
    "x.com",
    "youtube.com",
    "zdnet.com",
    "zscaler.com",
});

constexpr WordTable publisher_table(publishers);

/// What the heading of a section of links is, and what one of indicators begins with.
constexpr std::array link_heading_words = std::to_array<std::string_view>(
    {"references", "reference", "sources", "source", "further reading", "bibliography", "related links",
     "read more", "external links", "see also", "footnotes", "endnotes", "quellen", "literatur", "références",
     "referencias"});
constexpr WordTable link_headings(link_heading_words);
constexpr std::array indicator_headings = std::to_array<std::string_view>(
    {"indicator", "ioc", "appendix", "annex", "hash", "network", "infrastructure"});

bool is_below(std::string_view host, std::string_view parent) {
  return host == parent || (host.size() > parent.size() && host.ends_with(parent) &&
                            host[host.size() - parent.size() - 1] == '.');
}

/// What stands before and behind the words of a heading: its number, # and emphasis.
enum : std::uint8_t { before_heading = 1, behind_heading = 2 };
constexpr std::array<std::uint8_t, 256> around_headings = [] {
  std::array<std::uint8_t, 256> out{};
  for (const char c : std::string_view("#*=_ 0123456789.)"))
    out[static_cast<unsigned char>(c)] |= before_heading;
  for (const char c : std::string_view("#*=_: ")) out[static_cast<unsigned char>(c)] |= behind_heading;
  return out;
}();

/// Whether a heading of links may begin so, with what stands before one: most lines do not.
constexpr std::array<bool, 256> may_begin_links = [] {
  std::array<bool, 256> out{};
  for (const std::string_view word : link_heading_words) {
    out[static_cast<unsigned char>(word.front())] = true;
    out[static_cast<unsigned char>(to_upper(word.front()))] = true;
  }
  for (std::size_t c = 0; c < out.size(); ++c)
    out[c] = out[c] || is_space(static_cast<char>(c)) || (around_headings[c] & before_heading) != 0;
  return out;
}();

/// The words of the heading that a line may be; empty for a sentence.
std::string_view heading_of(std::string_view line) {
  constexpr std::size_t longest = 60;
  line = trim(line);
  while (!line.empty() && (around_headings[static_cast<unsigned char>(line.front())] & before_heading) != 0)
    line.remove_prefix(1);
  while (!line.empty() && (around_headings[static_cast<unsigned char>(line.back())] & behind_heading) != 0)
    line.remove_suffix(1);
  return line.size() <= longest ? line : std::string_view();
}

/// The parts of the text that stand under a heading such as "References".
std::vector<std::pair<std::size_t, std::size_t>> link_sections(std::string_view text) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  bool inside = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (line.size() <= 80 && !line.empty() &&
        (inside || may_begin_links[static_cast<unsigned char>(line.front())])) {
      const std::string_view heading = heading_of(line);
      if (link_headings.has(heading)) {
        if (!inside) out.emplace_back(begin, text.size());
        inside = true;
      } else if (inside && !heading.empty() && heading.find("://") == std::string_view::npos &&
                 (line.starts_with('#') || std::ranges::any_of(indicator_headings, [&](std::string_view one) {
                    return starts_with_ignoring_case(heading, one);
                  }))) {
        out.back().second = begin;
        inside = false;
      }
    }
    begin = end + 1;
  }
  return out;
}

}  // namespace

/// Whether a source may stand there: at a name that the root zone knows, over HTTP at its usual port, for
/// everybody.
bool may_be_source(std::string_view url, std::string_view host) {
  if (!url.starts_with("http")) return false;
  const std::size_t begin = url.find("//") + 2;
  const std::string_view authority = url.substr(begin, url.find('/', begin) - begin);
  return authority.size() == host.size() && !is_digit(host.empty() ? '0' : host.back()) &&
         !is_other_network(host.substr(host.rfind('.') + 1));
}

bool is_own_host(std::string_view host, const ExtractOptions& options) {
  return std::ranges::any_of(options.own_hosts,
                             [&](const std::string& mine) { return is_below(host, mine); });
}

bool is_publisher(std::string_view host) {
  return publisher_table.has_above(host);
}

void hold_references(std::string_view text, const ExtractOptions& options, std::vector<Candidate>& found) {
  const auto is_named = [](const Candidate& one) {
    return one.selector.type == SelectorType::url || one.selector.type == SelectorType::domain_name;
  };
  const auto is_link = [&](const Candidate& one) {
    return is_named(one) && one.hold == Hold::none && !one.defanged;
  };
  if (std::ranges::none_of(found, is_link)) return;
  std::optional<bool> known;  // asked for once, and only where nothing else decides
  const auto defangs = [&] {
    if (!known)
      known = options.clickable_links_are_references && std::ranges::any_of(found, [&](const Candidate& one) {
                return one.defanged && one.hold == Hold::none && is_named(one);
              });
    return *known;
  };
  const auto sections = link_sections(text);
  auto section = sections.begin();
  auto link = options.links.begin();
  for (Candidate& one : found) {
    if (!is_link(one)) continue;
    while (section != sections.end() && section->second <= one.begin) ++section;
    const bool listed = section != sections.end() && one.begin >= section->first;
    const bool url = one.selector.type == SelectorType::url;
    const std::string_view host = url ? intel::host_of_canonical_url(one.selector.value) : one.selector.value;
    const bool own = is_own_host(host, options);
    while (link != options.links.end() && link->end <= one.begin) ++link;
    // [text](http://example.org/): a link of Markdown.
    const bool clickable = (link != options.links.end() && link->begin <= one.begin && link->chosen) ||
                           (one.begin >= 2 && text.substr(one.begin - 2, 2) == "](");
    if (!own && !listed && !clickable && !is_publisher(host) &&
        !(url && may_be_source(one.selector.value, host) && defangs()))
      continue;
    one.hold = Hold::reference;
    one.note = own ? "the report's own site" : listed ? "in the section of references" : "";
  }
}

}  // namespace parley::report
