#pragma once

#include <string>
#include <string_view>

namespace parley::intel {

/// UTS #46 "ToASCII" (non-transitional, no hyphen, length or STD3 checks of ASCII labels), as the WHATWG URL
/// Standard's "domain to ASCII" needs it. Plain ASCII labels are only lower-cased: IDNA would refuse names
/// that are live, such as `id--theft.co.uk`. Labels that begin with `xn--` or are not ASCII go through
/// libidn2; an `xn--` label that stands for symbols stays as it is. Appends to `out`; false when a label is
/// not valid (then `out` holds a part). Does not look at which ASCII characters the result holds: that is the
/// caller's rule.
bool append_ascii_domain(std::string& out, std::string_view domain);

}  // namespace parley::intel
