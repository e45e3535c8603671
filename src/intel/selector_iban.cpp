#include <algorithm>
#include <array>
#include <cstdint>

#include "base/ascii.hpp"
#include "intel/selector_rules.hpp"

namespace parley::intel::rules {
namespace {

struct Country {
  std::string_view code;
  std::size_t length;
};

/// Lengths by country from the SWIFT IBAN registry (ISO 13616), sorted by code.
constexpr std::array countries = std::to_array<Country>({
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
    {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
    {"GT", 28}, {"HN", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26},
    {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20},
    {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20},
    {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24},
    {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24},
    {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25},
    {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20},
    {"YE", 30},
});
static_assert(std::ranges::is_sorted(countries, {}, &Country::code));

/// ISO 7064 MOD 97-10 over the value with its first four characters moved to the end, letters as 10 to 35.
unsigned remainder(std::string_view iban) {
  unsigned rest = 0;
  for (std::size_t i = 0; i < iban.size(); ++i) {
    const char c = iban[(i + 4) % iban.size()];
    rest = is_digit(c) ? (rest * 10 + static_cast<unsigned>(c - '0')) % 97
                       : (rest * 100 + static_cast<unsigned>(c - 'A') + 10) % 97;
  }
  return rest;
}

}  // namespace

Result<void> iban(std::string_view raw, std::string& out) {
  for (const char c : raw) {
    if (c == ' ') continue;  // printed in groups of four
    if (!is_alnum(c)) return fail(ErrorKind::bad_input, "an IBAN holds letters, digits and spaces only");
    if (out.size() == 34) return fail(ErrorKind::bad_input, "an IBAN has at most 34 characters");
    out.push_back(to_upper(c));
  }
  if (out.size() < 5) return fail(ErrorKind::bad_input, "this is too short for an IBAN");
  const auto country =
      std::ranges::lower_bound(countries, std::string_view(out).substr(0, 2), {}, &Country::code);
  if (country == countries.end() || country->code != std::string_view(out).substr(0, 2))
    return fail(ErrorKind::bad_input, "no country of the IBAN registry has this code");
  if (out.size() != country->length)
    return fail(ErrorKind::bad_input, "the IBAN has " + std::to_string(out.size()) +
                                          " characters, its country's have " +
                                          std::to_string(country->length));
  // ISO 7064 gives check digits 02 to 98 only; 00, 01 and 99 would pass the sum too.
  const std::string_view check = std::string_view(out).substr(2, 2);
  if (!is_digit(check[0]) || !is_digit(check[1]) || check < "02" || check > "98" || remainder(out) != 1)
    return fail(ErrorKind::bad_input, "the check digits of the IBAN are wrong; was it mistyped?");
  return {};
}

}  // namespace parley::intel::rules
