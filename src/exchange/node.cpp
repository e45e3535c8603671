#include "exchange/node.hpp"

namespace parley::exchange {

using encoding::Json;

Json Node::new_payload(std::string schema) {
  const Timestamp now = clock().now();
  return Json::object({{"schema", std::move(schema)},
                       {"id", make_uuid7(now.microseconds(), entropy())},
                       {"node", identity_.origin},
                       {"created", format_time(now)}});
}

}  // namespace parley::exchange
