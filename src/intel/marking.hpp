#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::intel {

/// Traffic Light Protocol 2.0, from free to strict; the order of the enumerators is the order of strictness.
/// TLP 1.0 maps WHITE to clear; the rest keep their names. Source: FIRST, TLP 2.0 (August 2022).
enum class TlpLevel : std::uint8_t { clear, green, amber, amber_strict, red };

/// Permissible Actions Protocol, from free to strict. Read and kept; it binds what the holder may do with a
/// value (block, query, nothing), not to whom it may go.
enum class PapLevel : std::uint8_t { clear, green, amber, red };

/// What the markings of one object say, all taken together.
struct Marking {
  /// The strictest TLP colour that was found; nothing when none was.
  std::optional<TlpLevel> tlp;
  std::optional<PapLevel> pap;
  /// A marking is there that this node cannot read (an id without a definition, a definition of a kind
  /// it does not know, a colour that does not exist). Such an object never leaves, whatever else it carries.
  bool unknown = false;
  /// A statement marking (copyright, terms) is there: it must travel along, and limits nothing by itself.
  bool statement = false;

  /// Whether nothing says who may see this: only then may the importer's own level (`--tlp`) be put on it.
  bool is_absent() const { return !tlp && !unknown; }
  bool operator==(const Marking&) const = default;
};

/// Both together: the stricter colour of each protocol; unknown and statement if either is. Commutative,
/// associative and idempotent, with `Marking{}` as its neutral element.
Marking strictest(const Marking& a, const Marking& b);

/// "clear", "green", "amber", "amber+strict", "red".
std::string_view tlp_name(TlpLevel level);
/// "TLP:AMBER+STRICT" and so on, as TLP 2.0 wants it written.
std::string_view tlp_label(TlpLevel level);
/// Any case, with or without "TLP:" (also "tlp:…" of MISP and "TLP-…"), TLP 1.0's "white" included. Nothing
/// for all else.
std::optional<TlpLevel> parse_tlp(std::string_view text);
/// "white" or "clear", "green", "amber", "red", with or without "PAP:".
std::optional<PapLevel> parse_pap(std::string_view text);

/// The id of the TLP 2.0 marking-definition. Source: the TLP 2.0 extension
/// extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d.
std::string_view tlp_marking_id(TlpLevel level);
/// The id of the TLP 1.0 marking-definition (STIX 2.1 section 7.2.1.4); nothing for amber+strict, which 1.0
/// has not.
std::optional<std::string_view> tlp1_marking_id(TlpLevel level);
/// The level of a marking-definition that everybody has: TLP 1.0 and 2.0. Ids are compared as they are
/// written (UUIDs in lower case) and in any case of their hexadecimal digits. Constant time in practice: nine
/// ids.
std::optional<TlpLevel> tlp_of_marking_id(std::string_view id);
/// The marking-definition object (STIX 2.1 JSON) that `tlp_marking_id(level)` names, for bundles that leave.
std::string make_tlp_definition(TlpLevel level);

}  // namespace parley::intel
