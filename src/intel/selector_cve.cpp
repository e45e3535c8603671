#include "base/ascii.hpp"
#include "intel/selector_rules.hpp"

namespace parley::intel::rules {

// CVE-YYYY-N…: the identifier syntax of the CVE programme since 2014: four digits, padded with zeros, or
// five and more that begin with another digit. The schema of CVE records allows up to 19.
Result<void> cve(std::string_view raw, std::string& out) {
  constexpr std::string_view what =
      "a CVE identifier is written CVE-YYYY-NNNN, with four digits or more at the end";
  if (raw.size() < 13 || raw.size() > 28 || !starts_with_ignoring_case(raw, "CVE-") || raw[8] != '-')
    return fail(ErrorKind::bad_input, std::string(what));
  const std::string_view year = raw.substr(4, 4);
  const std::string_view number = raw.substr(9);
  for (const char c : year)
    if (!is_digit(c)) return fail(ErrorKind::bad_input, std::string(what));
  for (const char c : number)
    if (!is_digit(c)) return fail(ErrorKind::bad_input, std::string(what));
  if (year < "1999") return fail(ErrorKind::bad_input, "the CVE list begins with the year 1999");
  if (number.size() > 4 && number.front() == '0')
    return fail(ErrorKind::bad_input, "a CVE number of five digits or more has no leading zero");
  out += "CVE-";
  out.append(year);
  out.push_back('-');
  out.append(number);
  return {};
}

}  // namespace parley::intel::rules
