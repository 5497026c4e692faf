// The line protocol of the fuzz test over the headers of the reference implementation.

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "negentropy.h"
#include "negentropy/storage/Vector.h"

static std::string bytesOf(const std::string &text) {
    std::string bytes;
    for (size_t at = 0; at + 1 < text.size(); at += 2) {
        bytes.push_back(static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16)));
    }
    return bytes;
}

static std::string hexOf(const std::string &bytes) {
    static const char *digits = "0123456789abcdef";
    std::string text;
    for (unsigned char byte : bytes) {
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 15]);
    }
    return text;
}

int main() {
    const char *limit = std::getenv("FRAMESIZELIMIT");
    negentropy::storage::Vector storage;
    std::unique_ptr<Negentropy<negentropy::storage::Vector>> side;

    for (std::string line; std::getline(std::cin, line);) {
        const auto comma = line.find(',');
        const std::string word = line.substr(0, comma);
        const std::string rest = comma == std::string::npos ? "" : line.substr(comma + 1);
        if (word == "item") {
            const auto second = rest.find(',');
            storage.insert(std::stoull(rest.substr(0, second)), bytesOf(rest.substr(second + 1)));
        } else if (word == "seal") {
            storage.seal();
            side = std::make_unique<Negentropy<negentropy::storage::Vector>>(
                storage, limit == nullptr ? 0 : std::stoull(limit));
        } else if (word == "initiate") {
            std::cout << "msg," << hexOf(side->initiate()) << std::endl;
        } else if (word == "msg" && !side->isInitiator) {
            std::cout << "msg," << hexOf(side->reconcile(bytesOf(rest))) << std::endl;
        } else if (word == "msg") {
            std::vector<std::string> have, need;
            const auto next = side->reconcile(bytesOf(rest), have, need);
            for (const auto &id : have) std::cout << "have," << hexOf(id) << "\n";
            for (const auto &id : need) std::cout << "need," << hexOf(id) << "\n";
            if (next) std::cout << "msg," << hexOf(*next) << std::endl;
            else std::cout << "done" << std::endl;
        } else {
            return 1;
        }
    }
    return 0;
}
