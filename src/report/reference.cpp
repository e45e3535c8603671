#include "report/reference.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "intel/url_host.hpp"
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

/// What the heading of a section of links begins with, and of one of indicators holds.
constexpr std::array link_headings = std::to_array<std::string_view>(
    {"references", "reference", "sources", "source", "further reading", "bibliography", "related links",
     "read more", "external links", "see also", "footnotes", "endnotes", "quellen", "literatur", "références",
     "referencias"});
constexpr std::array indicator_headings = std::to_array<std::string_view>(
    {"indicator", "ioc", "appendix", "annex", "hash", "network", "infrastructure"});

bool is_below(std::string_view host, std::string_view parent) {
  return host == parent || (host.size() > parent.size() && host.ends_with(parent) &&
                            host[host.size() - parent.size() - 1] == '.');
}

/// The heading that a line may be, in lower case: without its number, # and emphasis; empty for a sentence.
std::string heading_of(std::string_view line) {
  constexpr std::size_t longest = 60;
  line = trim(line);
  while (!line.empty() && std::string_view("#*=_ 0123456789.)").find(line.front()) != std::string_view::npos)
    line.remove_prefix(1);
  while (!line.empty() && std::string_view("#*=_: ").find(line.back()) != std::string_view::npos)
    line.remove_suffix(1);
  std::string out;
  if (line.size() <= longest) append_lower(out, line);
  return out;
}

/// The parts of the text that stand under a heading such as "References".
std::vector<std::pair<std::size_t, std::size_t>> link_sections(std::string_view text) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  bool inside = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const bool marked = line.starts_with('#');
    if (line.size() <= 80) {
      const std::string heading = heading_of(line);
      if (std::ranges::find(link_headings, heading) != link_headings.end()) {
        if (!inside) out.emplace_back(begin, text.size());
        inside = true;
      } else if (inside && !heading.empty() && heading.find("://") == std::string::npos &&
                 (marked || std::ranges::any_of(indicator_headings, [&](std::string_view one) {
                    return heading.starts_with(one);
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

bool is_publisher(std::string_view host) {
  return publisher_table.has_above(host);
}

void hold_references(std::string_view text, const ExtractOptions& options, std::vector<Candidate>& found) {
  const auto is_link = [](const Candidate& one) {
    return (one.selector.type == SelectorType::url || one.selector.type == SelectorType::domain_name) &&
           one.hold == Hold::none && !one.defanged;
  };
  if (std::ranges::none_of(found, is_link)) return;
  const bool defangs =
      options.clickable_links_are_references && std::ranges::any_of(found, [](const Candidate& one) {
        return one.defanged && one.hold == Hold::none &&
               (one.selector.type == SelectorType::url || one.selector.type == SelectorType::domain_name);
      });
  const auto sections = link_sections(text);
  auto section = sections.begin();
  auto link = options.links.begin();
  for (Candidate& one : found) {
    if (!is_link(one)) continue;
    while (section != sections.end() && section->second <= one.begin) ++section;
    const bool listed = section != sections.end() && one.begin >= section->first;
    const bool url = one.selector.type == SelectorType::url;
    const std::string_view host = url ? intel::host_of_canonical_url(one.selector.value) : one.selector.value;
    const bool own =
        std::ranges::any_of(options.own_hosts, [&](const std::string& mine) { return is_below(host, mine); });
    while (link != options.links.end() && link->end <= one.begin) ++link;
    // [text](http://example.org/): a link of Markdown.
    const bool clickable = (link != options.links.end() && link->begin <= one.begin) ||
                           (one.begin >= 2 && text.substr(one.begin - 2, 2) == "](");
    if (!own && !listed && !clickable && !is_publisher(host) && !(url && defangs)) continue;
    one.hold = Hold::reference;
    one.note = own ? "the report's own site" : listed ? "in the section of references" : "";
  }
}

}  // namespace parley::report
